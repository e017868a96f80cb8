"""What a page asks for, as a browser without scripts sees it: its forms, links, images and frames."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Button id or value → its name and value."""

    def filled(self, button: str = "", **values: str) -> dict[str, str]:
        """What is sent: the fields as they stand, those that a person fills in, and the button that is pressed."""
        name, value = self.buttons[button] if button else ("", "")
        return {**self.fields, **values, **({name: value} if name else {})}


@dataclass
class Document:
    """The parts of a page, in their order."""

    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)

    def form(self, button: str) -> Form | None:
        """The form with this button."""
        return next((each for each in self.forms if button in each.buttons), None)


def read(text: str) -> Document:
    """The parts of a page."""
    reader = _Reader()
    reader.feed(text)
    return reader.found


#: Tag → the list of the document that its address goes to, and the attribute that it stands in.
_PLACES = {"a": ("links", "href"), "img": ("images", "src"), "iframe": ("frames", "src")}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Document()
        self._named: dict[str, Form] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
            self._named[values.get("id", "")] = self.found.forms[-1]
        elif tag in _PLACES and "hreflang" not in values:  # the picker of languages is on every page
            kept, name = _PLACES[tag]
            getattr(self.found, kept).append(values.get(name, ""))
        elif self.found.forms:
            # A control may stand outside of the form that it belongs to, and name it
            self._take_control(self._named.get(values.get("form") or "-", self.found.forms[-1]), tag, values)

    def _take_control(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, value = values.get("name", ""), values.get("value", "")
        if tag == "input" and name:
            is_box = values.get("type") in {"checkbox", "radio"}
            if not is_box or "checked" in values:
                form.fields[name] = values.get("value", "on" if "checked" in values else "")
        elif tag == "button":
            for key in filter(None, (values.get("id"), value)):
                form.buttons[key] = (name, value)
