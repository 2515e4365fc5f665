"""Verifies and makes tokens with PyJWT: reads one JSON object from stdin, writes one to stdout.

A secret comes in base64, any other key as PEM.
"""
import base64
import json
import sys

import jwt

job = json.load(sys.stdin)


def key_of(item):
    return base64.b64decode(item["key"]) if item["alg"].startswith("HS") else item["key"]


def verify(item):
    """The claims of a token, or the name of the exception."""
    try:
        return jwt.decode(
            item["token"],
            key_of(item),
            algorithms=[item["alg"]],
            audience="shop",
            issuer="https://id.example",
        )
    except jwt.PyJWTError as error:
        return type(error).__name__


def sign(item):
    return jwt.encode(item["claims"], key_of(item), algorithm=item["alg"], headers=item["header"])


json.dump(
    {
        "version": jwt.__version__,
        "verified": [verify(item) for item in job["verify"]],
        "signed": [sign(item) for item in job["sign"]],
    },
    sys.stdout,
)
