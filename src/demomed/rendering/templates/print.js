// On paper: the map as it stands, copied as a drawing with its labels.
function drawing(board) {
  const map = board.map;
  const source = map.getPane("overlayPane").querySelector("svg");
  const home = board.bounds();
  const corner = map.latLngToLayerPoint(home.getNorthWest()), far = map.latLngToLayerPoint(home.getSouthEast());
  const sheet = svg("svg", {
    viewBox: [corner.x - 8, corner.y - 8, far.x - corner.x + 16, far.y - corner.y + 16].join(" "), role: "img",
    "aria-label": layerOf(board.layerId).alt,
  });
  for (const pane of ["contexte", "overlayPane", "contours", "limites", "cercles", "designe"]) {
    const node = map.getPane(pane) && map.getPane(pane).querySelector("svg");
    for (const group of node ? node.querySelectorAll(":scope > g") : []) sheet.append(group.cloneNode(true));
  }
  if (!source) return sheet;
  board.labels.places.eachLayer(marker => {
    const at = map.latLngToLayerPoint(marker.getLatLng());
    const place = marker.getElement().querySelector("svg").cloneNode(true);
    place.setAttribute("x", at.x - place.getAttribute("width") / 2);
    place.setAttribute("y", at.y - place.getAttribute("height") / 2);
    sheet.append(place);
  });
  board.labels.group.eachLayer(marker => {
    const at = map.latLngToLayerPoint(marker.getLatLng());
    const node = marker.getElement(), dark = node.querySelector(".dark");
    const lines = [...node.querySelectorAll("span, b")].map(line => line.textContent);
    lines.forEach((line, index) => sheet.append(svg("text", {
      x: at.x, y: at.y + (index - (lines.length - 1) / 2) * 14 + 4, "text-anchor": "middle", "font-size": 12,
      "font-family": "sans-serif", fill: dark ? C.paper : C.ink, stroke: dark ? C.ink : C.paper, "stroke-width": 2.5, "paint-order": "stroke",
    }, line)));
  });
  return sheet;
}

function offerPrint() {
  addEventListener("beforeprint", () => $("feuille").replaceChildren(...boards
    .filter((board, index) => index === 0 || state.compare).map(drawing)));
}
