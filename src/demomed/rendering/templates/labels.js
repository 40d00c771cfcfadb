// Names and values written on the map, placed so that none covers another.
const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();
const neighbours = features(data.context, data.contextNames).features;

function widthOf(text, font) {
  const key = font + text;
  if (!widths.has(key)) {
    pen.font = font;
    widths.set(key, pen.measureText(text).width);
  }
  return widths.get(key);
}

// Places tried for a label, the nearest first.
const TRIES = [];
for (let dx = -48; dx <= 48; dx += 12) for (let dy = -48; dy <= 48; dy += 8) TRIES.push([dx, dy]);
TRIES.sort((a, b) => Math.hypot(...a) - Math.hypot(...b) || a[0] - b[0] || a[1] - b[1]);

function inside(feature, x, y) {
  let odd = false;
  if (feature.geometry.type !== "MultiPolygon") return odd;
  for (const polygon of feature.geometry.coordinates) {
    for (const points of polygon) {
      for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
        const [ax, ay] = points[i], [bx, by] = points[j];
        if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) odd = !odd;
      }
    }
  }
  return odd;
}

class Labels {
  constructor(board) {
    this.board = board;
    this.family = getComputedStyle(document.body).fontFamily;
    this.group = L.layerGroup().addTo(board.map);
    this.places = L.layerGroup().addTo(board.map);
    this.shown = new Set(data.points.filter(layer => layer.visible).map(layer => layer.id));
    board.map.on("zoomend moveend resize", () => this.place());
  }

  toggle(id, on) {
    this.shown[on ? "add" : "delete"](id);
    this.place();
  }

  place() {
    const board = this.board;
    if (!board.level) return;
    this.group.clearLayers();
    this.places.clearLayers();
    this.taken = [[0, 0, 62, 170]];
    const size = board.map.getSize();
    this.view = [0, 0, size.x, size.y];
    this.written = new Set();
    const towns = [];
    for (const layer of data.points) {
      if (!this.shown.has(layer.id)) continue;
      const dot = layer.shape === "dot";
      border(layer.lonlat).forEach((at, index) => {
        const pixel = board.map.latLngToContainerPoint([at[1], at[0]]);
        this.icon(layer, at, index, dot);
        if (dot) {
          towns.push([layer.names[index], at, pixel]);
          this.taken.push([pixel.x - 4, pixel.y - 4, pixel.x + 4, pixel.y + 4]);
        }
      });
    }
    if (board.level === upper || board.map.getZoom() >= 9.75) this.zones(board);
    for (const town of towns) this.town(...town);
    this.neighbours();
  }

  // Names of the neighbouring departments, where the frame shows the longest clear run of each.
  neighbours() {
    const font = `italic 13px ${this.family}`, map = this.board.map;
    const view = [map.getCenter(), map.getZoom(), ...this.view].join();
    if (view !== this.neighbourView) {
      this.neighbourView = view;
      this.neighbourPlaces = neighbours.map((feature, index) =>
        this.clearRun(feature, widthOf(data.contextNames[index], font) + 6));
    }
    this.neighbourPlaces.forEach((place, index) => {
      const name = data.contextNames[index];
      if (!name || !place || !this.free(place.box)) return;
      this.taken.push(place.box);
      this.put(this.board, place, make("span", {class: "neighbour-label", text: name}), "town-text");
    });
  }

  // The longest run of a shape in the frame that holds a text of this width.
  clearRun(feature, w) {
    const step = 20, map = this.board.map;
    const west = map.containerPointToLatLng([0, 0]).lng;
    const degree = (map.containerPointToLatLng([100, 0]).lng - west) / 100;
    let best = null;
    for (let y = 20; y < this.view[3] - 30; y += step) {
      let run = 0;
      const lat = map.containerPointToLatLng([0, y]).lat;
      for (let x = 10; x < this.view[2]; x += step) {
        run = inside(feature, west + degree * x, lat) ? run + step : 0;
        const box = [x - run / 2 - w / 2, y - 9, x - run / 2 + w / 2, y + 9];
        if (run > w && (!best || run > best.run) && this.free(box)) best = {run, box, x: x - run / 2, y, w, h: 18};
      }
    }
    return best;
  }

  icon(layer, at, index, dot) {
    const side = dot ? 10 : 18;
    const marker = L.marker([at[1], at[0]], {
      keyboard: false, interactive: !dot,
      icon: L.divIcon({className: dot ? "town-dot" : "place", iconSize: [side, side], html: mark(layer, side)}),
    });
    if (!dot) marker.bindTooltip(() => make("div", {},
      make("strong", {text: layer.names[index]}), make("small", {text: layer.details[index] || layer.label})),
      {className: "tip", direction: "top", opacity: 1});
    this.places.addLayer(marker);
  }

  zones(board) {
    const set = zones[board.level], values = board.values, layer = layerOf(board.layerId);
    const wide = board.level === upper;
    const nameFont = `500 12px ${this.family}`, valueFont = `700 14px ${this.family}`;
    const order = set.codes.map((_, index) => index);
    if (values) order.sort((a, b) => (values.r[a] ?? 1e6) - (values.r[b] ?? 1e6));
    const said = values && values.t.map(text => (isLong(text) ? T.coarse_mark : text));
    for (const index of order) {
      const at = set.points[index], feature = set.features.features[index];
      const pixel = board.map.latLngToContainerPoint([at[1], at[0]]);
      if (pixel.x < 0 || pixel.y < 0 || pixel.x > this.view[2] || pixel.y > this.view[3]) continue;
      const lines = wide ? split(set.short[index], nameFont) : [set.short[index]];
      const number = values && values.v[index] != null;
      if (values && !number && wide) lines.push(...split(said[index], nameFont));
      const text = number || (values && !wide) ? said[index] : "";
      const dark = values && values.s[index] === "value" && values.c[index] != null
        && luminance(values.colours[values.c[index]]) < 0.2;
      const full = this.fit(pixel, [...lines.map(line => widthOf(line, nameFont)), widthOf(text, valueFont)], 15, feature);
      if (full) {
        this.write(board, full, lines, text, dark);
        this.written.add(set.short[index]);
        continue;
      }
      const bare = wide && this.fit(pixel, [widthOf(text, valueFont)], 15, feature);
      if (bare) this.write(board, bare, [], text, dark);
    }
  }

  // First free place around a point for lines of the given widths, or null.
  fit(pixel, widthsOfLines, lineHeight, feature) {
    const w = Math.max(...widthsOfLines) + 4, h = widthsOfLines.length * lineHeight + 2;
    for (const [dx, dy] of TRIES) {
      const x = pixel.x + dx, y = pixel.y + dy;
      if (feature && (dx || dy) && !this.holds(feature, x, y)) continue;
      const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
      if (this.free(box)) {
        this.taken.push(box);
        return {x, y, w, h};
      }
    }
    return null;
  }

  // Whether a point of the frame lies in a zone.
  holds(feature, x, y) {
    const at = this.board.map.containerPointToLatLng([x, y]);
    return inside(feature, at.lng, at.lat);
  }

  free(box) {
    return box[0] >= 2 && box[1] >= 2 && box[2] <= this.view[2] - 2 && box[3] <= this.view[3] - 2
      && !this.taken.some(t => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1]);
  }

  write(board, place, lines, text, dark) {
    const node = make("div", {class: dark ? "zone-label dark" : "zone-label"},
      ...lines.map(line => make("span", {text: line})), text ? make("b", {text}) : null);
    this.put(board, place, node, "zone-text");
  }

  put(board, place, node, className) {
    this.group.addLayer(L.marker(board.map.containerPointToLatLng([place.x, place.y]), {
      interactive: false, keyboard: false, zIndexOffset: 1000,
      icon: L.divIcon({className, iconSize: [place.w, place.h], html: node}),
    }));
  }

  town(name, at, pixel) {
    if (this.written.has(name)) return;
    const font = `italic 12px ${this.family}`, w = widthOf(name, font) + 4, h = 15;
    const sides = [[w / 2 + 6, 0], [-w / 2 - 6, 0], [0, -h / 2 - 5], [0, h / 2 + 5]];
    for (const [dx, dy] of sides) {
      const x = pixel.x + dx, y = pixel.y + dy, box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
      if (!this.free(box)) continue;
      this.taken.push(box);
      this.put(this.board, {x, y, w, h}, make("span", {class: "town-label", text: name}), "town-text");
      return;
    }
  }
}

// A long name on two lines, cut at the space that balances them best.
function split(name, font) {
  if (widthOf(name, font) < 96) return [name];
  let best = null;
  for (let at = name.indexOf(" "); at > 0; at = name.indexOf(" ", at + 1)) {
    const pair = [name.slice(0, at), name.slice(at + 1)];
    const width = Math.max(widthOf(pair[0], font), widthOf(pair[1], font));
    if (!best || width < best.width) best = {width, pair};
  }
  return best ? best.pair : [name];
}
