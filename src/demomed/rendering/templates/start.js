// The maps, then what is around them.
const asked = location.hash;
showTable();  // before anything is measured: the table of the other level is not laid out
const boards = [new Board(demomedMap.map, demomedMap.groups)];
boards[0].labels = new Labels(boards[0]);
document.documentElement.classList.add("vif");
offerChoices();
offerComparison();
offerSearch();
offerTables();
offerZones();
offerPrint();
drawPlaces();
redraw();
recall(asked);
addEventListener("hashchange", () => recall(location.hash));
performance.mark("demomed-dessin");
