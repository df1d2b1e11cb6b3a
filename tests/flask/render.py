"""Renders templates as Flask does: reads the cases as JSON, and writes the pages."""

import json
import sys

from flask import Flask, flash, render_template, session
from jinja2 import DictLoader

cases = json.load(sys.stdin)
app = Flask(__name__)
app.secret_key = "only for tests"
pages = []
for case in cases:
    app.jinja_env.loader = DictLoader(case["templates"])
    app.jinja_env.cache.clear()
    with app.test_request_context():
        session.update(case["session"])
        for category, message in case["flashes"]:
            flash(message, category)
        pages.append(render_template("page.html"))
json.dump(pages, sys.stdout)
