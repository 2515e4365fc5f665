"""The refresh of Flask-JWT-Extended's documentation: stateless, so it writes nothing."""
from flask import Flask, jsonify
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, get_jwt_identity, jwt_required

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = "a secret of the benchmark, of more than thirty-two bytes"
JWTManager(app)


@app.post("/login")
def login():
    return jsonify(refresh_token=create_refresh_token("ada"))


@app.post("/refresh")
@jwt_required(refresh=True)
def refresh():
    return jsonify(access_token=create_access_token(identity=get_jwt_identity()))
