"""Verifies and makes tokens with PyJWT: one JSON object in, one out. A secret comes in base64, another key as PEM."""
import base64
import json
import sys

import jwt

job = json.load(sys.stdin)


def key_of(each):
    return base64.b64decode(each["key"]) if each["alg"].startswith("HS") else each["key"]


def verified(each):
    try:
        return jwt.decode(each["token"], key_of(each), algorithms=[each["alg"]], audience="shop", issuer="https://id.example")
    except jwt.PyJWTError as error:
        return type(error).__name__


json.dump(
    {
        "version": jwt.__version__,
        "verified": [verified(each) for each in job["verify"]],
        "signed": [jwt.encode(each["claims"], key_of(each), algorithm=each["alg"], headers=each["header"]) for each in job["sign"]],
    },
    sys.stdout,
)
