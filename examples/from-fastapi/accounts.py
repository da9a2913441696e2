"""Accounts as a service with pymongo and passlib stores them, as lines for `import-users`."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

# By what a member means: the names under which such services store it, the likelier first.
NAMES = {
    "email": ("email", "username"),
    "hash": ("hashed_password", "password_hash", "password"),
    "roles": ("roles", "role", "scopes"),
}
ADMINISTRATORS = ("is_superuser", "is_admin")
ADMINISTRATOR = "admin"
# What a registration at Countersign gives by default.
USER = "user"
READ = {"_id", *(name for names in NAMES.values() for name in names), *ADMINISTRATORS, "is_active", "disabled"}
# The hashes that Countersign accepts, and the name of each in the report.
HASHES = {
    "bcrypt": re.compile(r"\$2[aby]\$(\d\d)\$.{53}"),
    "bcrypt-sha256": re.compile(r"\$bcrypt-sha256\$(?:v=2,t=2b,r=|2[ab],)(\d+)\$[^$]{22}\$[^$]{31}"),
    "argon2id": re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$[^$]+\$[^$]+"),
}
# The cost of the default policy.
BCRYPT_COST = 12


class Undecided(Exception):
    """An account that a person has to decide on; the text says why, without a part of its hash."""


@dataclass
class Moved:
    """What was read, and what becomes of it."""

    # New names of roles by old ones.
    renamed: Mapping[str, str]
    found: int = 0
    accounts: list[dict] = field(default_factory=list)
    # Ids of accounts that are left, each with its reason.
    left: list[tuple[str, str]] = field(default_factory=list)
    hashes: Counter = field(default_factory=Counter)
    roles: Counter = field(default_factory=Counter)
    # Members that have no place in an account.
    dropped: Counter = field(default_factory=Counter)
    # The highest costs that stored hashes have.
    bcrypt_cost: int = 0
    argon2: tuple[int, int] = (0, 0)

    def read(self, documents: Iterable[Mapping]) -> None:
        """Reads all documents of the collection."""
        for document in documents:
            self.found += 1
            identity = str(document["_id"])
            try:
                self.accounts.append(self._account(identity, document))
            except Undecided as reason:
                self.left.append((identity, str(reason)))
        self._leave_doubles()

    def _account(self, identity: str, document: Mapping) -> dict:
        email = member(document, "email")
        if not isinstance(email, str) or "@" not in email:
            raise Undecided("it has no address in `email` or `username`")
        account = {
            "previous_id": identity,
            "email": email,
            "password_hash": self._hash(document),
            "roles": self._roles(document),
            "disabled": document.get("is_active", True) is False or document.get("disabled") is True,
        }
        self.dropped.update(name for name in document if name not in READ)
        self.roles.update(account["roles"])
        return account

    def _hash(self, document: Mapping) -> str:
        text = member(document, "hash")
        if not isinstance(text, str) or not text:
            raise Undecided("it has no password hash, so nobody logs in to it with a password")
        for name, pattern in HASHES.items():
            if match := pattern.fullmatch(text):
                self.hashes[name] += 1
                if name == "argon2id":
                    self.argon2 = max(self.argon2[0], int(match[1])), max(self.argon2[1], int(match[2]))
                else:
                    self.bcrypt_cost = max(self.bcrypt_cost, int(match[1]))
                return text
        raise Undecided("its hash is in a format that Countersign cannot check a password against")

    def _roles(self, document: Mapping) -> list[str]:
        stored = member(document, "roles")
        names = stored.split() if isinstance(stored, str) else stored or []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Undecided("its roles are not names")
        if any(document.get(name) is True for name in ADMINISTRATORS):
            names = [*names, ADMINISTRATOR]
        # Each once, in their order.
        return list(dict.fromkeys(self.renamed.get(name, name) for name in names)) or [USER]

    def _leave_doubles(self) -> None:
        """Two accounts whose addresses agree would be one here, and only a person knows whose."""
        keys = Counter(key(account["email"]) for account in self.accounts)
        doubles = [account for account in self.accounts if keys[key(account["email"])] > 1]
        self.left += [(account["previous_id"], "another account has the same address in another spelling")
                      for account in doubles]
        self.accounts = [account for account in self.accounts if account not in doubles]

    def lines(self) -> Iterator[str]:
        """The accounts for `import-users`."""
        return (json.dumps(account, ensure_ascii=False) for account in self.accounts)

    def report(self) -> Iterator[str]:
        """What a person should know, as sentences."""
        yield f"{len(self.accounts)} of {self.found} accounts move"
        for identity, reason in self.left:
            yield f"left: account {identity}: {reason}"
        for name, count in self.roles.most_common():
            yield f"role `{name}` of {count} accounts: the policy must define it, or it permits nothing"
        for name, count in self.dropped.most_common():
            yield f"member `{name}` of {count} accounts stays behind: Countersign has no place for it"
        for name, count in self.hashes.most_common():
            yield f"{count} hashes are {name}"
        if advice := self.former():
            yield "the policy needs, until these users have logged in once: [hashing] " + ", ".join(advice)

    def former(self) -> list[str]:
        """The keys of `[hashing]` that make refused logins take the same time for all addresses."""
        advice = [f"former_bcrypt_cost = {self.bcrypt_cost}"] if self.bcrypt_cost > BCRYPT_COST else []
        memory, passes = self.argon2
        if memory:
            advice += [f"former_argon2_memory_kib = {memory}", f"former_argon2_passes = {passes}"]
        return advice


def member(document: Mapping, meaning: str):
    """The value of the first name that the document has."""
    return next((document[name] for name in NAMES[meaning] if document.get(name) is not None), None)


def key(email: str) -> str:
    """Near enough to the canonical address of Countersign to find doubles before the import does."""
    return unicodedata.normalize("NFKC", email.strip()).lower()
