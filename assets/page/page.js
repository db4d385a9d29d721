"use strict";
// Draws the page from its data. Every text goes through textContent or setAttribute: names never become markup.
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const ROW = 20, CHARACTER = 7.3, NARROWEST = 2;
const byId = (id) => document.getElementById(id);

function make(tag, attributes, ...children) {
  const element = ["svg", "g", "rect", "text", "title", "polyline"].includes(tag)
    ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Figures, as the program prints them.
function digits(value) {
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
function scaled(value, step, units, gap) {
  let rank = 0;
  while (Math.round(value) >= step && rank + 1 < units.length) { value /= step; rank += 1; }
  return (rank === 0 ? value.toFixed(0) : digits(value)) + gap + units[rank];
}
function figure(type, value) {
  const size = Math.abs(value) * type.factor;
  let text;
  if (type.kind === "bytes") text = scaled(size, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"], " ");
  else if (type.kind === "time") {
    const unit = [["h", 3600e9], ["min", 60e9], ["s", 1e9], ["ms", 1e6], ["us", 1e3]].find((one) => size >= one[1]);
    text = unit ? digits(size / unit[1]) + " " + unit[0] : size.toFixed(0) + " ns";
  } else text = scaled(size, 1000, ["", "k", "M", "G", "T", "P", "E"], "") + (type.kind === "other" ? " " + type.unit : "");
  return value < 0 ? "-" + text : text;
}
const signed = (type, value) => (value > 0 ? "+" : "") + figure(type, value);
function share(part, whole) {
  if (!whole) return "–";
  const percent = part / whole * 100, size = Math.abs(percent);
  if (size > 0 && size < 0.05) return "<0.1%";
  return percent.toFixed(size < 99.95 ? 1 : 0) + "%";
}

// Tree: nodes are in preorder with their depth; a negative frame is a number of left-out siblings.
const { depth, frame, names } = data;
const parent = [], children = depth.map(() => []);
const open = [];
depth.forEach((level, node) => {
  open.length = level;
  parent[node] = level > 0 ? open[level - 1] : -1;
  if (level > 0) children[parent[node]].push(node);
  open[level] = node;
});
const state = { type: data.chosen, zoom: 0, node: 0, search: "", change: data.compared, sort: "self", down: true };
const type = () => data.types[state.type];
const total = (node) => type().values[node];
const before = (node) => type().base[node];
const weight = (node) => type().widths ? type().widths[node] : Math.abs(total(node));
const own = (node, of) => children[node].reduce((rest, child) => rest - of(child), of(node));
const nameOf = (node) => frame[node] < 0 ? -frame[node] + " more" : frame[node] === 0 ? "all" : names[frame[node]];
const isHit = (node) => frame[node] > 0 && hits !== null && hits.has(frame[node]);
let hits = null;

function words(node) {
  const kind = type(), whole = kind.whole;
  if (data.compared) {
    const change = total(node) - before(node);
    const part = before(node) ? " (" + (change > 0 ? "+" : "") + share(change, before(node)) + ")" : "";
    const noise = kind.changes[node] === "=" && change !== 0 ? ", within noise" : "";
    return "A " + figure(kind, before(node)) + ", B " + figure(kind, total(node)) + ", " + signed(kind, change) + part + noise;
  }
  const text = figure(kind, total(node)) + " (" + share(total(node), whole) + ")";
  return frame[node] < 0 ? text : text + ", self " + figure(kind, own(node, total));
}
function toneOf(node) {
  if (frame[node] < 0) return "more";
  if (data.compared && state.change) return data.changes[type().changes[node]];
  return data.tones[data.tone[frame[node]]];
}

// Layout: the zoomed node is as wide as the page, its ancestors stand above it.
let width = 0;
function layout() {
  const slots = [], path = [];
  for (let node = parent[state.zoom]; node >= 0; node = parent[node]) path.unshift(node);
  path.forEach((node, row) => slots.push({ node, row, x: 0, width, above: true }));
  let level = [{ node: state.zoom, row: path.length, x: 0, width }];
  while (level.length > 0) {
    slots.push(...level);
    const next = [];
    for (const slot of level) {
      if (slot.node < 0) continue;
      const scale = weight(slot.node) ? slot.width / weight(slot.node) : 0;
      const sorted = children[slot.node].filter((child) => weight(child) > 0);
      sorted.sort((one, other) => (frame[one] < 0) - (frame[other] < 0) || weight(other) - weight(one));
      let x = slot.x, gathered = [];
      for (const child of sorted) {
        const wide = weight(child) * scale;
        if (wide < NARROWEST && frame[child] >= 0 || gathered.length > 0) { gathered.push(child); continue; }
        next.push({ node: child, row: slot.row + 1, x, width: wide });
        x += wide;
      }
      if (gathered.length > 0) {
        const wide = gathered.reduce((sum, child) => sum + weight(child), 0) * scale;
        next.push({ node: -1, members: gathered, under: slot.node, row: slot.row + 1, x, width: Math.max(wide, 1) });
      }
    }
    level = next;
  }
  return slots;
}
function fitted(text, room) {
  if (text.length <= room) return text;
  const short = text.slice(text.lastIndexOf("/", text.search(/[([<{]|$/)) + 1);
  if (short.length <= room) return short;
  return room < 3 ? "" : short.slice(0, room - 1) + "…";
}
function describe(slot) {
  if (slot.node >= 0) return nameOf(slot.node) + "\n" + words(slot.node);
  const count = slot.members.reduce((sum, one) => sum + Math.max(1, -frame[one]), 0);
  const sum = slot.members.reduce((all, one) => all + total(one), 0);
  return count + " more\n" + figure(type(), sum) + " (" + share(sum, type().whole) + "); zoom in to see them";
}
let drawn = [];
function draw() {
  const icicle = byId("icicle");
  const hadFocus = icicle.contains(document.activeElement);
  width = icicle.clientWidth || 1000;
  drawn = layout();
  if (!drawn.some((slot) => slot.node === state.node)) state.node = state.zoom;
  const rows = drawn.reduce((most, slot) => Math.max(most, slot.row), 0) + 1;
  icicle.setAttribute("height", rows * ROW);
  icicle.replaceChildren(...drawn.map((slot) => {
    const text = describe(slot), label = text.replace("\n", ", ");
    const kind = slot.node < 0 ? "more" : toneOf(slot.node);
    const marks = hits === null || slot.node < 0 ? "" : isHit(slot.node) ? " hit" : " miss";
    const isChosen = slot.node === state.node;
    const room = Math.floor((slot.width - 8) / CHARACTER);
    const target = slot.node < 0 ? slot.under : slot.node;
    slot.element = make("g", {
      class: kind + marks + (slot.above ? " above" : "") + (isChosen ? " chosen" : ""), role: "treeitem",
      tabindex: isChosen ? 0 : -1, "aria-level": slot.row + 1, "aria-label": label, "aria-selected": isChosen,
      onclick: () => { state.node = target; zoom(target); }, onfocus: () => choose(target, slot),
    }, make("title", {}, text), make("rect", { x: slot.x.toFixed(1), y: slot.row * ROW,
      width: Math.max(slot.width - 1, 0.5).toFixed(1), height: ROW - 1 }));
    if (room >= 3) {
      let name = fitted(slot.node < 0 ? text.split("\n")[0] : nameOf(slot.node), room);
      const value = slot.node < 0 ? "" : data.compared ? signed(type(), total(slot.node) - before(slot.node)) : figure(type(), total(slot.node));
      if (value && name.length + 2 + value.length <= room) name += "  " + value;
      slot.element.append(make("text", { x: (slot.x + 4).toFixed(1), y: slot.row * ROW + 14, "xml:space": "preserve" }, name));
    }
    return slot.element;
  }));
  if (hadFocus) focusNode();
}
function focusNode() {
  const slot = drawn.find((one) => one.node === state.node);
  if (slot) slot.element.focus();
}
function choose(node, slot) {
  state.node = node;
  for (const one of drawn) {
    const isChosen = one === slot || one.node === node && one.node >= 0;
    one.element.classList.toggle("chosen", isChosen);
    one.element.setAttribute("aria-selected", isChosen);
    one.element.setAttribute("tabindex", isChosen ? 0 : -1);
  }
  detail(slot && slot.node < 0 ? describe(slot) : nameOf(node) + "\n" + words(node));
}
function detail(text) {
  byId("detail").textContent = text;
}
function zoom(node) {
  if (frame[node] < 0) { detail(nameOf(node) + "\n" + words(node) + "\nThe page has nodes from " + data.least + " on."); return; }
  state.zoom = node;
  state.node = node;
  draw();
  crumbs();
  detail(nameOf(node) + "\n" + words(node));
}
function crumbs() {
  const path = [];
  for (let node = state.zoom; node >= 0; node = parent[node]) path.unshift(node);
  byId("crumbs").replaceChildren(...path.flatMap((node, at) => {
    const button = make("button", { type: "button", onclick: () => zoom(node) }, fitted(nameOf(node), 60));
    return at > 0 ? [" › ", button] : [button];
  }));
}
function keys(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const at = drawn.findIndex((slot) => slot.element === document.activeElement);
  const slot = drawn[at];
  if (!slot) return;
  const beside = (step) => {
    const row = drawn.filter((one) => one.row === slot.row);
    return row[row.indexOf(slot) + step];
  };
  const below = () => {
    const inside = drawn.filter((one) => one.row === slot.row + 1 && one.x + 0.01 >= slot.x && one.x < slot.x + slot.width);
    return inside.reduce((best, one) => !best || one.width > best.width ? one : best, undefined);
  };
  const go = (to) => { if (to) to.element.focus(); };
  const actions = {
    ArrowLeft: () => go(beside(-1)),
    ArrowRight: () => go(beside(1)),
    ArrowDown: () => go(below()),
    ArrowUp: () => go(drawn.find((one) => one.node === parent[slot.node < 0 ? slot.members[0] : slot.node])),
    Enter: () => zoom(slot.node < 0 ? slot.under : slot.node),
    " ": () => zoom(slot.node < 0 ? slot.under : slot.node),
    Backspace: () => zoom(Math.max(parent[state.zoom], 0)),
    Home: () => zoom(0),
    Escape: () => find(""),
  };
  if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
}

// Search: functions whose name contains the words, and the share of the stacks with any of them.
function find(search) {
  state.search = search;
  byId("search").value = search;
  const wanted = search.toLowerCase();
  hits = null;
  let text = "";
  if (wanted) {
    hits = new Set();
    names.forEach((name, at) => { if (at > 0 && name.toLowerCase().includes(wanted)) hits.add(at); });
    let sum = 0, until = -1;
    depth.forEach((level, node) => {
      if (until >= 0 && level <= until) until = -1;
      if (until < 0 && isHit(node)) { sum += total(node); until = level; }
    });
    const least = data.pruned ? ", without parts under " + data.least : "";
    text = hits.size + (hits.size === 1 ? " function, " : " functions, ") + figure(type(), sum) + " together ("
      + share(sum, type().whole) + least + ")";
  }
  byId("found").textContent = text;
  draw();
  table();
}

// Table of functions.
const columns = data.compared
  ? [["self", "Self B"], ["ownChange", "Change"], ["total", "Total B"], ["totalChange", "Change"], ["name", "Function"]]
  : [["self", "Self"], ["selfShare", "Self %"], ["total", "Total"], ["totalShare", "Total %"], ["name", "Function"]];
function table() {
  const kind = type();
  const shown = data.rows.map(([at, figures]) => {
    const [self, all, selfA, allA] = figures[state.type];
    return { at, name: names[at], self, total: all, selfShare: self, totalShare: all, ownChange: self - selfA, totalChange: all - allA };
  }).filter((row) => (row.self || row.total || row.ownChange || row.totalChange) && (hits === null || hits.has(row.at)));
  const key = state.sort, turn = state.down ? -1 : 1;
  shown.sort((one, other) => key === "name" ? turn * (one.name < other.name ? -1 : 1)
    : turn * (one[key] - other[key]) || (one.name < other.name ? -1 : 1));
  const cell = (row, column) => {
    if (column === "name") return make("button", { type: "button", onclick: () => jump(row.at) }, row.name);
    if (column.endsWith("Share")) return share(row[column], kind.whole);
    return column.endsWith("Change") ? signed(kind, row[column]) : figure(kind, row[column]);
  };
  const head = columns.map(([column, title]) => {
    const isSorted = column === key;
    const button = make("button", { type: "button", onclick: () => {
      state.down = isSorted ? !state.down : column !== "name";
      state.sort = column;
      table();
      byId("table").querySelector('th[data-column="' + column + '"] button').focus();
    } }, title + (isSorted ? state.down ? " ▼" : " ▲" : ""));
    return make("th", { scope: "col", "data-column": column, "aria-sort": isSorted ? state.down ? "descending" : "ascending" : "none" }, button);
  });
  byId("table").replaceChildren(
    make("caption", { class: "hidden" }, "Functions: " + kind.name),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...shown.map((row) => make("tr", {}, ...columns.map(([column]) => make("td", {}, cell(row, column)))))),
  );
  byId("more").textContent = data.moreRows > 0 ? data.moreRows + " more functions are not in this page" : "";
}
// Selects the widest node of a function, and marks all of its nodes.
function jump(at) {
  let best = -1;
  frame.forEach((one, node) => { if (one === at && (best < 0 || weight(node) > weight(best))) best = node; });
  if (best >= 0) {
    state.zoom = 0;
    state.node = best;
  }
  find(names[at]);
  hits = new Set([at]);
  draw();
  crumbs();
  if (best < 0) { detail(names[at] + "\nunder " + data.least + " of the total at each place"); return; }
  if (state.node !== best) zoom(best);
  focusNode();
  detail(nameOf(best) + "\n" + words(best));
}

// Trend: lines over the snapshots.
function line(values, attributes) {
  const most = Math.max(...values, 1), least = Math.min(...values, 0), last = Math.max(values.length - 1, 1);
  const points = values.map((value, at) => (at / last * 100).toFixed(2) + "," + (38 - (value - least) / (most - least) * 36).toFixed(2));
  return make("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", ...attributes },
    make("polyline", { points: points.join(" ") }));
}
function trend() {
  const found = data.trend;
  if (!found) return;
  const kind = data.types[data.chosen];
  byId("trend").hidden = false;
  byId("trend-words").textContent = found.words;
  byId("trend-chart").replaceChildren(line(found.line, { class: "chart", role: "img", "aria-label": found.words }));
  const row = ([at, status, first, last, values]) => make("tr", {},
    make("td", {}, status), make("td", {}, figure(kind, first)), make("td", {}, figure(kind, last)),
    make("td", {}, line(values, { class: "spark", "aria-hidden": "true" })), make("td", {}, names[at]));
  const heads = ["Status", "First", "Last", "Line", "Function"].map((head) => make("th", { scope: "col" }, head));
  byId("trend-table").replaceChildren(make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...found.rows.map(row)));
}
function sources() {
  if (!data.sources || data.sources.length === 0) return;
  byId("sources").hidden = false;
  byId("source-list").replaceChildren(...data.sources.flatMap((one) =>
    [make("h3", {}, one.title), make("p", { class: "note" }, "in " + one.file), make("pre", { tabindex: 0 }, one.text)]));
}
function legend() {
  const kind = type();
  const [medium, strong] = kind.marks.map((mark) => figure(kind, mark));
  const entries = data.compared && state.change
    ? [["s3", "shrank from " + strong], ["s2", "from " + medium], ["s1", "less"], ["same", "same or within noise"],
      ["g1", "grew less"], ["g2", "from " + medium], ["g3", "from " + strong]]
    : data.legend;
  byId("legend").replaceChildren(...entries.map(([kind, text]) => make("span", {},
    make("svg", { "aria-hidden": "true" }, make("g", { class: kind }, make("rect", { width: 12, height: 12 }))), text)));
}

function all() {
  byId("title").textContent = type().name + ": " + (data.compared ? words(0) : figure(type(), total(0)));
  find(state.search);
  crumbs();
  legend();
  detail(nameOf(state.node) + "\n" + words(state.node));
}
byId("tools").hidden = false;
byId("types").replaceChildren(...data.types.map((one, at) => make("option", { value: at, selected: at === data.chosen ? "" : null }, one.name)));
byId("types").addEventListener("change", (event) => { state.type = Number(event.target.value); all(); });
byId("search").addEventListener("input", (event) => find(event.target.value));
byId("search").addEventListener("keydown", (event) => { if (event.key === "Escape") find(""); });
byId("change-label").hidden = !data.compared;
byId("change").checked = state.change;
byId("change").addEventListener("change", (event) => { state.change = event.target.checked; all(); });
byId("reset").addEventListener("click", () => { find(""); zoom(0); });
byId("icicle").addEventListener("keydown", keys);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|SELECT)$/.test(event.target.tagName)) { event.preventDefault(); byId("search").focus(); }
});
new ResizeObserver(() => { if (byId("icicle").clientWidth !== width) draw(); }).observe(byId("icicle"));
all();
trend();
sources();
})();
