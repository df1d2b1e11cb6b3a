"""A Flask application for the live tests: does to the session what it is told, and says what it sees."""

import json
import sys

from flask import Flask, flash, get_flashed_messages, jsonify, request, session
from flask.json.tag import TaggedJSONSerializer
from flask_login import LoginManager, UserMixin, current_user, login_fresh, login_user, logout_user
from markupsafe import Markup
from werkzeug.serving import make_server

app = Flask(__name__)
app.secret_key = sys.argv[1]
tagged = TaggedJSONSerializer()
logins = LoginManager(app)


class User(UserMixin):
    def __init__(self, user_id):
        self.id = user_id


@logins.user_loader
def load_user(user_id):
    return User(user_id)


@app.post("/do")
def do():
    """One operation, and what it returned."""
    op = request.json
    match op["op"]:
        case "set":
            session[op["key"]] = tagged.loads(op["value"])
        case "remove":
            session.pop(op["key"], None)
        case "count":
            session["count"] = session.get("count", 0) + 1
        case "flash":
            message = Markup(op["text"]) if op["markup"] else op["text"]
            flash(message, op["category"])
        case "take":
            taken = get_flashed_messages(with_categories=True)
            return jsonify([[category, text, isinstance(text, Markup)] for category, text in taken])
        case "permanent":
            session.permanent = op["on"]
        case "clear":
            session.clear()
        case "look":
            pass
    return jsonify([])


@app.get("/see")
def see():
    """The whole session, as Flask would write it."""
    return tagged.dumps(dict(session)), {"Content-Type": "application/json"}


@app.post("/load")
def load():
    """Makes any JSON object the session."""
    session.clear()
    session.update(json.loads(request.get_data()))
    return ""


@app.post("/login")
def login():
    login_user(User(request.json["user"]), remember=request.json["remember"])
    return ""


@app.post("/logout")
def logout():
    logout_user()
    return ""


@app.get("/whoami")
def whoami():
    return jsonify([current_user.get_id(), login_fresh()])


server = make_server("127.0.0.1", 0, app)
print(server.server_port, flush=True)
server.serve_forever()
