#!/usr/bin/env python3
"""Moves from a service that FastAPI, passlib, python-jose and pymongo make up.

    move.py users [--database NAME] [--collection NAME] [--role OLD=NEW]... > users.jsonl
        reads the accounts of the old service from the server that MONGODB_URI names
    move.py settings .env
        says for each variable of the old service what takes its place

Both write what they found to standard error, and never a hash, a password or a key.
Ends with 0 when everything moves, with 1 when something is left for a person to decide.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import accounts
import settings

ROLE = re.compile(r"([^=]+)=([a-z][a-z0-9_-]{0,63})")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    users = commands.add_parser("users", help="write the accounts as lines for `import-users`")
    users.add_argument("--collection", default="users", help="the collection of the accounts [default: users]")
    users.add_argument("--database", help="the old database [default: the one that MONGODB_URI names]")
    users.add_argument("--role", action="append", default=[], type=role, metavar="OLD=NEW",
                       help="the name of a role in the new policy")
    users.set_defaults(action=move_users)
    of_settings = commands.add_parser("settings", help="say what takes the place of each variable")
    of_settings.add_argument("file", type=Path, help="the .env file of the old service")
    of_settings.set_defaults(action=move_settings)
    chosen = parser.parse_args(arguments)
    action: Callable[[argparse.Namespace], int] = chosen.action
    return action(chosen)


def role(text: str) -> tuple[str, str]:
    found = ROLE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"`{text}` is not OLD=NEW with a role of a policy as NEW")
    return found[1], found[2]


def move_users(chosen: argparse.Namespace) -> int:
    # Needed here alone, so that the settings can be read on a machine without the driver.
    from pymongo import MongoClient
    from pymongo.errors import ConfigurationError, PyMongoError

    uri = os.environ.get("MONGODB_URI", "")
    if not uri:
        return refuse("MONGODB_URI names no database")
    try:
        with MongoClient(uri, serverSelectionTimeoutMS=5000, appname="countersign-move") as client:
            database = client[chosen.database] if chosen.database else client.get_default_database()
            collection = database[chosen.collection]
            moved = accounts.Moved(dict(chosen.role))
            # In the order of their ids, so that two runs write the same lines.
            moved.read(collection.find().sort("_id"))
    except ConfigurationError as error:
        return refuse(f"MONGODB_URI: {error}".rstrip("."))
    except PyMongoError as error:
        # The first sentence; what follows describes each server.
        return refuse(f"the database cannot be read: {str(error).split(',')[0]}")
    if moved.found == 0:
        return refuse(f"the collection `{chosen.collection}` of `{collection.database.name}` is empty")
    for line in moved.lines():
        print(line)
    print("\n".join(moved.report()), file=sys.stderr)
    return 1 if moved.left else 0


def move_settings(chosen: argparse.Namespace) -> int:
    try:
        text = chosen.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return refuse(f"`{chosen.file}` cannot be read: {error}")
    moved = settings.Moved(settings.parse(text))
    print("\n".join(moved.lines()))
    print("\n".join(moved.report()), file=sys.stderr)
    return 1 if moved.left else 0


def refuse(reason: str) -> int:
    print(f"move.py: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
