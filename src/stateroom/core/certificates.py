"""Certificates for connections to PostgreSQL: an authority, and what it signs for servers and for logins."""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when a certificate is good."""

    begin: datetime
    end: datetime

    @classmethod
    def of_days(cls, days: int, *, now: datetime) -> Self:
        """Begin an hour ago, since clocks differ."""
        return cls(now - timedelta(hours=1), now + timedelta(days=days))


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def write(self, folder: Path, name: str) -> None:
        """Write NAME.crt for everybody and NAME.key for its owner alone.

        Raises:
            FileExistsError: one of them is there already.
        """
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write_new(folder / f"{name}.key", key, mode=0o600)
        _write_new(folder / f"{name}.crt", self.certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask says
        file.write(content)


def make_authority(period: Period) -> Pair:
    """Make an authority that may sign certificates of servers and clients, and no other authorities."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Stateroom authority")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(name, name, key, period)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def make_server(authority: Pair, hosts: Sequence[str], period: Period) -> Pair:
    """Make the certificate of a server that clients reach by these names or addresses."""
    names = x509.SubjectAlternativeName([_alternative(each) for each in hosts])
    return _sign(authority, hosts[0], period, usage=ExtendedKeyUsageOID.SERVER_AUTH, names=names)


def make_client(authority: Pair, role: str, period: Period) -> Pair:
    """Make the certificate of a login: its common name is the role's."""
    return _sign(authority, role, period, usage=ExtendedKeyUsageOID.CLIENT_AUTH)


def _sign(
    authority: Pair,
    common_name: str,
    period: Period,
    *,
    usage: x509.ObjectIdentifier,
    names: x509.SubjectAlternativeName | None = None,
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    builder = (
        _builder(_name(common_name), issuer.subject, key, period)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, period: Period
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(period.begin)
        .not_valid_after(period.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
