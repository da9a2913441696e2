"""The variables of a service with FastAPI and python-jose, and what takes their place."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

SHORTEST_SECRET = 32
# Secrets that stand in manuals.
EXAMPLES = ("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "secret", "changeme", "your-secret-key")
ENVIRONMENTS = {"dev": "development", "local": "development", "test": "development", "stage": "staging", "prod": "production"}
# Options of the connection string that Countersign sets by itself, or that weaken it.
OWN_OPTIONS = ("tlscafile", "ssl_ca_certs", "readpreference", "retrywrites", "replicaset", "directconnection",
               "tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "ssl_cert_reqs")
# Beside the old database, which stays as it is.
DATABASE = "countersign"
POLICY = "# For the policy file:"
ACCESS_SECONDS = (60, 900)
SESSION_SECONDS = (300, 34_560_000)


@dataclass
class Moved:
    """What becomes of the variables."""

    old: Mapping[str, str]
    # The new variables, in the order in which they are written.
    new: dict[str, str] = field(default_factory=dict)
    # Keys of the policy file by their table.
    policy: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    # What a person has to decide.
    left: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, value in self.old.items():
            rule = RULES.get(name)
            if value == "":
                continue
            if rule is None:
                self.notes.append(f"{name}: nothing here reads it")
            else:
                rule(self, name, value)

    def lines(self) -> Iterator[str]:
        """The new variables, and as comments below them the lines of a policy file."""
        yield from (f"{name}={value}" for name, value in self.new.items())
        if self.policy:
            yield f"# {POLICY}"
        for table, keys in self.policy.items():
            yield f"# [{table}]"
            yield from (f"# {key} = {value}" for key, value in keys.items())

    def report(self) -> Iterator[str]:
        """What a person should know, as sentences."""
        yield from self.notes
        yield from (f"left: {text}" for text in self.left)

    def database(self, name: str, value: str) -> None:
        parts = urlsplit(value)
        if parts.scheme != "mongodb":
            self.left.append(f"{name}: `{parts.scheme}:` is not `mongodb:`; name the hosts")
            return
        options = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(option, of) for option, of in options if option.lower() not in OWN_OPTIONS]
        gone = [option for option, _ in options if option.lower() in OWN_OPTIONS]
        old = parts.path.strip("/")
        if old and "@" in parts.netloc and not any(option.lower() == "authsource" for option, _ in options):
            # The user stands in the database that the path names.
            kept.append(("authSource", old))
        # A database of its own, since collections of the old one may have the same names.
        self.new["MONGODB_URI"] = urlunsplit(parts._replace(path=f"/{DATABASE}", query=urlencode(kept)))
        if gone:
            self.notes.append(f"{name}: without {', '.join(gone)}, which Countersign chooses by itself")

    def secret(self, name: str, value: str) -> None:
        if value.lower() in EXAMPLES or len(value.encode()) < SHORTEST_SECRET:
            self.left.append(f"{name}: is an example or shorter than {SHORTEST_SECRET} bytes, and is refused; leave it out")
            return
        self.notes.append(
            f"{name}: left out, so that keys in the data directory sign with ES256 and services need no secret; "
            "kept as JWT_SECRET_KEY it signs with HS256")

    def access(self, name: str, value: str) -> None:
        self._seconds(name, value, 60, ("token", "access_seconds"), ACCESS_SECONDS)

    def refresh(self, name: str, value: str) -> None:
        self._seconds(name, value, 86_400, ("session", "absolute_seconds"), SESSION_SECONDS)
        if absolute := self.policy.get("session", {}).get("absolute_seconds"):
            self.policy["session"]["idle_seconds"] = min(absolute, 1_209_600)

    def _seconds(self, name: str, value: str, unit: int, place: tuple[str, str], bounds: tuple[int, int]) -> None:
        if not value.isdigit():
            self.left.append(f"{name}: `{value}` is not a whole number")
            return
        wanted = int(value) * unit
        seconds = min(max(wanted, bounds[0]), bounds[1])
        table, key = place
        self.policy.setdefault(table, {})[key] = seconds
        if seconds != wanted:
            self.notes.append(f"{name}: {wanted} s is outside {bounds[0]} to {bounds[1]}, so {key} is {seconds}")

    def cost(self, name: str, value: str) -> None:
        if not value.isdigit() or not 4 <= int(value) <= 16:
            self.left.append(f"{name}: `{value}` is no cost of bcrypt from 4 to 16")
        elif int(value) < 12:
            self.notes.append(f"{name}: {value} is below 12, the lowest here; hashes are replaced at the next login")
        else:
            self.policy.setdefault("hashing", {})["bcrypt_cost"] = int(value)

    def origins(self, name: str, value: str) -> None:
        # A list of JSON, as pydantic reads it, or separated by commas.
        found = [origin.strip(" \"'/") for origin in value.strip("[]").split(",")]
        named = [origin for origin in found if re.fullmatch(r"https?://[^/*]+", origin)]
        if len(named) != len(found):
            self.left.append(f"{name}: `{value}`: name each origin; there is no wildcard")
        if named:
            self.new["COUNTERSIGN_ALLOWED_ORIGINS"] = ",".join(named)

    def environment(self, name: str, value: str) -> None:
        chosen = ENVIRONMENTS.get(value.lower(), value.lower())
        if chosen in ("development", "staging", "production"):
            self.new["ENVIRONMENT"] = chosen
        else:
            self.left.append(f"{name}: `{value}` is none of development, staging and production")

    def level(self, _: str, value: str) -> None:
        self.new["LOG_LEVEL"] = value.lower()

    def issuer(self, _: str, value: str) -> None:
        self.new["COUNTERSIGN_ISSUER"] = value.rstrip("/")

    def audience(self, _: str, value: str) -> None:
        self.new["COUNTERSIGN_AUDIENCE"] = value


# What becomes of a variable, by its name in such services.
Rule = Callable[[Moved, str, str], None]
RULES: dict[str, Rule] = {
    **dict.fromkeys(("MONGODB_URI", "MONGO_URI", "MONGODB_URL", "MONGO_URL", "DATABASE_URL"), Moved.database),
    **dict.fromkeys(("JWT_SECRET_KEY", "SECRET_KEY", "JWT_SECRET"), Moved.secret),
    **dict.fromkeys(("ACCESS_TOKEN_EXPIRE_MINUTES", "JWT_ACCESS_TOKEN_EXPIRE_MINUTES"), Moved.access),
    **dict.fromkeys(("REFRESH_TOKEN_EXPIRE_DAYS", "JWT_REFRESH_TOKEN_EXPIRE_DAYS"), Moved.refresh),
    "BCRYPT_ROUNDS": Moved.cost,
    **dict.fromkeys(("CORS_ORIGINS", "BACKEND_CORS_ORIGINS", "ALLOWED_ORIGINS"), Moved.origins),
    **dict.fromkeys(("ENVIRONMENT", "ENV"), Moved.environment),
    "LOG_LEVEL": Moved.level,
    "JWT_ISSUER": Moved.issuer,
    "JWT_AUDIENCE": Moved.audience,
}


def parse(text: str) -> dict[str, str]:
    """The variables of a `.env` file: a name, `=` and a value, which may stand in quotes."""
    found = re.findall(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$", text, re.M)
    return {name: unquoted(value) for name, value in found}


def unquoted(value: str) -> str:
    quoted = re.match(r"""(["'])(.*?)\1""", value)
    return quoted[2] if quoted else value.split(" #")[0].rstrip()
