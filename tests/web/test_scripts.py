"""Scripts of pages that people are sent through by an app: also browsers that know little of the newest language run
them. One that cannot be parsed takes the page down in HtmlUnit, which certification drives.
"""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "idp" / "static"
NEWER = re.compile(r"\basync\b|\bawait\b|\.\.\.|\?\.|\?\?|^\s*(?:class|import|export)\s", re.MULTILINE)
COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


@pytest.mark.parametrize("name", ["page.js", "passkey.js", "form_post.js", "logged_out.js"])
def test_older_browsers_can_parse_it(name):
    assert NEWER.findall(COMMENT.sub("", (STATIC / name).read_text())) == []
