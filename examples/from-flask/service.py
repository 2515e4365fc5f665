"""The Flask service before the move: it signs users in, refreshes their tokens, and guards two routes."""
import os

from flask import Flask, jsonify, request
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, get_jwt_identity, jwt_required

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.environ["SECRET"]
app.config["JWT_TOKEN_LOCATION"] = ["headers", "cookies"]
JWTManager(app)


@app.post("/login")
def login():
    if request.json.get("password") != "open sesame":
        return jsonify(msg="Bad username or password"), 401
    identity = request.json["username"]
    return jsonify(access_token=create_access_token(identity, fresh=True), refresh_token=create_refresh_token(identity))


@app.post("/refresh")
@jwt_required(refresh=True)
def refresh():
    return jsonify(access_token=create_access_token(get_jwt_identity()))


@app.get("/protected")
@jwt_required()
def protected():
    return jsonify(logged_in_as=get_jwt_identity())


@app.get("/transfer")
@jwt_required(fresh=True)
def transfer():
    return jsonify(transferred_by=get_jwt_identity())


if __name__ == "__main__":
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", int(os.environ.get("PORT", "5000")), app)
    print(f"http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
