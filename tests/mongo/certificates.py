"""A certificate authority and a server certificate; rustls accepts no certificate that is both."""

import subprocess
from pathlib import Path

DAYS = "7"


def make(directory: Path) -> tuple[Path, Path]:
    """The authority's certificate, and the server's key and certificate in one file."""
    authority, authority_key = directory / "ca.pem", directory / "ca-key.pem"
    request, key = directory / "request.pem", directory / "key.pem"
    certificate, both = directory / "certificate.pem", directory / "server.pem"
    extensions = directory / "extensions.cnf"
    extensions.write_text(
        "basicConstraints = CA:FALSE\n"
        "extendedKeyUsage = serverAuth\n"
        "subjectAltName = DNS:localhost, IP:127.0.0.1\n"
    )
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new_key, "-keyout", authority_key, "-out", authority,
            "-days", DAYS, "-subj", "/CN=countersign tests")
    openssl("req", "-new", *new_key, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key,
            "-CAcreateserial", "-days", DAYS, "-extfile", extensions, "-out", certificate)
    both.write_text(key.read_text() + certificate.read_text())
    # The user of a container, who is another one, must be able to read the key. It is valid for a
    # week and for loopback only.
    both.chmod(0o644)
    return authority, both


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
