"""10,000 random rules, each in 3 of 30 zones and from 20 moments, against another implementation: minutes."""

from random import Random

import pytest

from rules import ZONES, disagreement, instants, random_rule
from stateroom.domains.schedules.cron import next_times

CHUNKS, RULES = 100, 100


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_next_five_times_of_any_rule_are_those_of_croniter_or_of_the_documented_policy(chunk):
    random = Random(chunk)
    for _ in range(RULES):
        rule = random_rule(random)
        for zone in random.sample(ZONES, 3):
            for after in instants(random, zone, 20):
                disagreement(rule, zone, after, next_times(rule, zone, after=after, count=5))
