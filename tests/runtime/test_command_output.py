"""Output cut into lines at any place of the stream."""

from hypothesis import given
from hypothesis import strategies as st

from stateroom.runtime.output import LINE_BYTES, Feed, Output, clean


def fed(chunks, *, limit=1 << 30, tail=1 << 20):
    lines = []
    output = Output(lambda stream, part, text: lines.append((stream, part, text)), limit_bytes=limit, tail_bytes=tail)
    feed = Feed(output, "stdout", 3)
    for chunk in chunks:
        feed.write(chunk)
    feed.close()
    return lines, output.tail


pieces = st.lists(
    st.sampled_from([b"a", "€".encode(), b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"x" * 5000]), max_size=40
)


@given(pieces, st.lists(st.integers(1, 6000), max_size=20))
def test_where_the_stream_is_cut_does_not_matter(parts, cuts):
    data = b"".join(parts)
    chunks, at = [], 0
    for cut in cuts:
        chunks.append(data[at : at + cut])
        at += cut
    whole, whole_tail = fed([data])
    cut_up, cut_tail = fed([*chunks, data[at:]])
    longest = max((len(line) for line in data.split(b"\n")), default=0)
    if longest <= LINE_BYTES:
        assert cut_up == whole
        assert cut_tail == whole_tail
    assert all("\0" not in text and "\r" not in text and "\n" not in text for _, _, text in cut_up)
    assert all(len(text.encode()) <= 3 * LINE_BYTES for _, _, text in cut_up)


@given(st.binary(max_size=300), st.integers(0, 50))
def test_the_tail_is_never_longer_than_asked(data, tail):
    _, kept = fed([data, b"\n"], tail=tail)
    assert len(kept.encode("utf-8", "replace")) <= 3 * tail


def test_lines_know_their_stream_and_part():
    assert fed([b"one\ntw", b"o\n"])[0] == [("stdout", 3, "one"), ("stdout", 3, "two")]


def test_a_progress_display_without_end_takes_no_room():
    lines, tail = fed([f"\r{percent:5} %".encode() for percent in range(100_000)])
    assert lines == [("stdout", 3, "99999 %")]
    assert tail == "99999 %\n"


def test_split_lines_do_not_cut_characters():
    lines, _ = fed(["€".encode() * LINE_BYTES])
    assert "".join(text for _, _, text in lines) == "€" * LINE_BYTES


def test_empty_lines_count_towards_the_limit():
    lines, _ = fed([b"\n" * 100_000], limit=24_000)
    assert len(lines) == 1001
    assert lines[-1][0] == "system"


def test_nothing_is_kept_when_nothing_is_to_be_kept():
    assert fed([b"one\n"], limit=0, tail=0) == ([("system", None, lines_said())], "")


def lines_said():
    return "More than 0 bytes of output: no more goes to the log, only the end is kept."


def test_lone_surrogates_and_nul_do_not_reach_the_database():
    assert clean("a\ud800b\0c") == "a?bc"
