// What tests ask of a page in the browser. Each measure lists what is wrong, as words that find it.
"use strict";

const measures = (() => {
  const shifts = [];
  if (window === window.top) {
    new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({ type: "layout-shift", buffered: true });
  }

  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const TEXTS = "input:is([type=text], [type=email], [type=password], [type=url], [type=tel], [type=search])";

  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)].filter(isSeen);
  const named = (element) => {
    const words = (element.getAttribute("aria-label") || element.textContent || element.name || "").trim();
    const id = element.id ? `#${element.id}` : "";
    return `${element.localName}${id}.${element.getAttribute("class") || ""} “${words.slice(0, 30)}”`;
  };
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const isTabbable = (element) => {
    if (element.disabled || element.tabIndex < 0) return false;
    if (element.type !== "radio" || element.checked) return true;
    const group = all(`input[type=radio][name="${element.name}"]`).filter((radio) => radio.form === element.form);
    return !group.some((radio) => radio.checked) && group[0] === element;
  };

  // Colours: painted on a canvas, so that each notation is one.
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const painter = canvas.getContext("2d", { willReadFrequently: true });
  const painted = (colours) => {
    painter.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      painter.fillStyle = colour;
      painter.fillRect(0, 0, 1, 1);
    }
    return [...painter.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const layers = (element) => {
    const found = [];
    for (let each = element; each; each = each.parentElement) found.unshift(getComputedStyle(each).backgroundColor);
    return ["Canvas", ...found];
  };
  // WCAG 2.2, relative luminance and contrast ratio
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };

  // The ring is the element's own, or that of the card around it (a radio button in its label).
  function ringFault(element) {
    const holder = [element, element.closest("label")].find((each) => {
      const style = each && getComputedStyle(each);
      return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    });
    if (!holder) return `${named(element)}: no ring`;
    const style = getComputedStyle(holder);
    if (parseFloat(style.outlineWidth) < 2) return `${named(element)}: ring of ${style.outlineWidth}`;
    const grounds = [holder.parentElement];
    if (parseFloat(style.outlineOffset) < 0) grounds[0] = holder;
    if (parseFloat(style.outlineOffset) === -1) grounds.push(holder.parentElement);
    for (const ground of grounds) {
      const behind = layers(ground);
      const ratio = contrast(painted([...behind, style.outlineColor]), painted(behind));
      if (ratio < 3) return `${named(element)}: ring of contrast ${ratio.toFixed(2)}`;
    }
    return null;
  }

  return {
    contrast,
    painted,
    // Labels that count seconds may move the pictures beside them: thousandths of what is called good.
    shifts: () => shifts.filter((shift) => shift.value > 0.0003).map((shift) => `${shift.value}: ${shift.sources.map((s) => s.node && named(s.node.parentElement))}`),
    // Two frames: styles, layout and what observers are told are done
    settled: () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    drawn() {
      const sheets = () => [...document.querySelectorAll("link[rel=stylesheet]")];
      const isThere = () => document.readyState !== "loading" && sheets().every((link) => link.sheet);
      return measures.settled().then(() => (isThere() ? measures.settled() : measures.drawn()));
    },

    overflowing() {
      const width = document.documentElement.clientWidth;
      const found = document.documentElement.scrollWidth > width ? [`page of ${document.documentElement.scrollWidth}`] : [];
      const isHeld = (element) => {
        for (let each = element.parentElement; each !== document.body; each = each.parentElement) {
          if (scrolls(each)) return true;
        }
        return false;
      };
      for (const element of all("body *")) {
        const box = element.getBoundingClientRect();
        if (box.width > 1 && (box.right > width + 1 || box.left < -1) && !isHeld(element)) found.push(named(element));
      }
      return found;
    },

    // A link is in running text if what holds it says something besides; a box with a label is hit by its label.
    smallTargets(least = 44) {
      const isInText = (element) => {
        if (!element.matches("a, .link") || !getComputedStyle(element).display.startsWith("inline")) return false;
        return element.parentElement.textContent.trim() !== element.textContent.trim();
      };
      return all(FOCUSABLE).filter((element) => element.tabIndex >= 0 && !isInText(element)).flatMap((element) => {
        const box = (element.closest("label") || element).getBoundingClientRect();
        const isSmall = box.width < least - 0.5 || box.height < least - 0.5;
        return isSmall ? [`${named(element)} ${box.width.toFixed(1)} × ${box.height.toFixed(1)}`] : [];
      });
    },

    // Everything unfolded, and what scripts show.
    open() {
      for (const details of document.querySelectorAll("details:not(.languages)")) details.open = true;
      const kept = "[data-reveal], [data-copy], [data-print], form[data-passkey]";
      for (const element of document.querySelectorAll(kept)) element.hidden = false;
    },

    // The same words both ways: each box lies as far from one side as from the other. What runs its own way (code), and
    // words within a line, are left out.
    unmirrored() {
      const boxes = all("body *").filter((element) => {
        return !element.closest("svg *, pre *, code, [dir=ltr]") && getComputedStyle(element).display !== "inline";
      });
      const width = document.documentElement.clientWidth;
      const places = (direction) => {
        document.documentElement.dir = direction;
        return boxes.map((element) => element.getBoundingClientRect());
      };
      const usual = places("ltr");
      return places("rtl").flatMap((box, at) => {
        const isMirrored = Math.abs(width - box.right - usual[at].left) <= 1 && Math.abs(box.width - usual[at].width) <= 3;
        return isMirrored ? [] : [`${named(boxes[at])} ends at ${box.right} where it began at ${usual[at].left}`];
      });
    },

    // Where everything is; what is told apart by `except` may come and go.
    places: (except) => all("body *").filter((element) => !element.closest(except)).map((element) => {
      const box = element.getBoundingClientRect();
      return `${element.localName}.${element.getAttribute("class") || ""} ${[box.x + scrollX, box.y + scrollY, box.width, box.height].map(Math.round)}`;
    }),

    // Tabbing starts at the top; what it comes by is written down, with faults of the ring.
    tabbing() {
      const walk = { order: [], faults: [] };
      window.walk = walk;
      document.body.tabIndex = -1;
      document.body.focus();
      document.addEventListener("focusin", (event) => {
        walk.order.push(event.target);
        walk.faults.push(ringFault(event.target));
      });
      return all(FOCUSABLE).filter(isTabbable).length + all("pre").length;
    },
    tabbed() {
      const expected = all(FOCUSABLE).filter(isTabbable);
      const passed = walk.order.filter((element, at) => walk.order.indexOf(element) === at && element !== document.body);
      const order = passed.filter((element) => expected.includes(element));
      const strangers = passed.filter((element) => !expected.includes(element) && !scrolls(element));
      const at = expected.findIndex((element, index) => order[index] !== element);
      return [
        ...walk.faults.filter(Boolean),
        ...(at < 0 ? [] : [`${order[at] ? named(order[at]) : "nothing"} where ${named(expected[at])} was due`]),
        ...strangers.map((element) => `${named(element)} takes the focus`),
      ];
    },
    // After a key was pressed a focus by script shows its ring, too
    ringFaults: () => all(FOCUSABLE).filter(isTabbable).map((element) => {
      element.focus();
      return ringFault(element);
    }).filter(Boolean),

    focusFaults() {
      const active = document.activeElement;
      const [fault] = all("[aria-invalid], .alert-error[tabindex]");
      if (fault) return active.matches("[aria-invalid], .alert-error") ? [] : [`not on ${named(fault)}`];
      const isKnown = active === document.body || active.closest("h1") || active.matches("input, .button, .way, main");
      return isKnown ? [] : [named(active)];
    },

    // Enter in each first field: the button that sends the form is written down.
    sending() {
      window.fields = all("form").map((form) => [...form.querySelectorAll(TEXTS)].find(isSeen)).filter(Boolean);
      window.senders = [];
      for (const { form } of window.fields) {
        form.noValidate = true;
        const stop = (event) => {
          event.preventDefault();
          event.stopImmediatePropagation();
          window.senders.push(event.submitter);
        };
        form.addEventListener("submit", stop, { capture: true });
      }
      return window.fields.length;
    },
    sent: () => window.fields.flatMap((field, at) => {
      const sender = window.senders[at];
      const first = field.form.querySelector(".button");
      if (!sender) return first.disabled ? [] : [`${named(field)}: nothing was sent`];
      return sender === first ? [] : [`${named(field)}: sent by ${named(sender)}`];
    }),

    moving() {
      const buttons = [...document.querySelectorAll("button[type=submit]")];
      for (const button of buttons) button.setAttribute("aria-busy", "true");
      const moving = document.getAnimations().filter((each) => each.playState === "running");
      return moving.map((each) => `${each.animationName || each.transitionProperty} of ${named(each.effect.target)}`);
    },

    // Backgrounds are gone where a person chose the colours: what looked like a button by its background needs a border.
    edgeless: () => all("button, .button, .way, .control input, .qr").filter((element) => {
      const style = getComputedStyle(element);
      if (element.matches(".qr")) return style.forcedColorAdjust !== "none";
      return style.borderTopStyle === "none" || parseFloat(style.borderTopWidth) < 1;
    }).map(named),
  };
})();
window.measures = measures;
