"""The Flask half of flask_shared.rs: pip install flask; SECRET_KEY=.. python examples/flask_shared.py"""
import os
from flask import Flask, flash, get_flashed_messages, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]

@app.get("/old")
def old():
    session["visits"] = session.get("visits", 0) + 1
    messages = get_flashed_messages()
    flash("Hello from Flask", "success")
    return f"Flask: visit {session['visits']} of {session.get('username', 'nobody')}, {messages}"

if __name__ == "__main__":
    app.run(port=int(os.environ.get("FLASK_PORT", "5000")))
