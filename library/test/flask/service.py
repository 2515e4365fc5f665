"""Runs cases against Flask-JWT-Extended: reads jobs as JSON, and prints the results as JSON."""
import json
import sys
import warnings
from datetime import timedelta

from flask import Flask, Response, jsonify, request
import flask_jwt_extended as fje
import jwt as pyjwt

warnings.simplefilter("ignore")


def option(value):
    return timedelta(**value) if isinstance(value, dict) else value


def make_app(config, callbacks):
    app = Flask(__name__)
    app.logger.disabled = True
    app.config.update({name: option(value) for name, value in config.items()})
    manager = fje.JWTManager(app)
    if "revoked" in callbacks:
        manager.token_in_blocklist_loader(lambda header, data: callbacks["revoked"])
    if "verified" in callbacks:
        manager.token_verification_loader(lambda header, data: callbacks["verified"])
    if "user" in callbacks:
        manager.user_lookup_loader(lambda header, data: callbacks["user"])

    def respond():
        return jsonify(
            identity=fje.get_jwt_identity(),
            claims=fje.get_jwt(),
            header=fje.get_jwt_header(),
            location=fje.get_jwt_request_location(),
        )

    requirements = {
        "plain": {},
        "optional": {"optional": True},
        "fresh": {"fresh": True},
        "refresh": {"refresh": True},
        "any": {"verify_type": False},
        "skip": {"skip_revocation_check": True},
        "fresh-refresh": {"fresh": True, "refresh": True},
    }
    if fje.__version__ < "4.5":
        del requirements["skip"]
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    for name, requirement in requirements.items():
        view = fje.jwt_required(**requirement)(respond)
        app.add_url_rule(f"/{name}", name, view, methods=methods)
    return app


def send(app, case):
    client = app.test_client(use_cookies=False)
    response = client.open(
        case.get("path", "/plain"),
        method=case.get("method", "GET"),
        query_string=case.get("query", ""),
        headers=case.get("headers", {}),
        data=case.get("body"),
    )
    text = response.get_data(as_text=True)
    body = json.loads(text) if text and response.is_json else None
    return {"status": response.status_code, "body": body}


def create(app, case):
    with app.app_context():
        is_refresh = case.get("kind") == "refresh"
        make = fje.create_refresh_token if is_refresh else fje.create_access_token
        args = {
            name: option(value) if name in ("fresh", "expires_delta") else value
            for name, value in case.get("args", {}).items()
        }
        return make(case["identity"], **args)


def decode(app, case):
    with app.app_context():
        return fje.decode_token(case["token"], **case.get("args", {}))


def cookies(app, case):
    with app.test_request_context():
        response = Response()
        args = case.get("args", {})
        for call in case["calls"]:
            token = [case["token"]] if call.startswith("set_") else []
            getattr(fje, call)(response, *token, **args)
        return response.headers.getlist("Set-Cookie")


def run(job):
    app = make_app(job["config"], job.get("callbacks", {}))
    verbs = {"send": send, "create": create, "decode": decode, "cookies": cookies}
    results = []
    for case in job["cases"]:
        try:
            results.append(verbs[case.get("do", "send")](app, case))
        except Exception as error:  # the exception is the result
            results.append({"raised": type(error).__name__, "message": str(error)})
    return results


versions = {"flask-jwt-extended": fje.__version__, "pyjwt": pyjwt.__version__}
print(json.dumps({"versions": versions, "results": [run(job) for job in json.load(sys.stdin)]}))
