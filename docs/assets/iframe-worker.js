/* Search without a server: a page opened from the disk may not start a worker, so it lives in a hidden frame. */
if (location.protocol === "file:") {
  window.IFrameWorker = window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const outside = this
      const frame = document.createElement("iframe")
      frame.hidden = true
      frame.title = "Recherche"
      document.body.append(frame)
      const inside = frame.contentWindow
      inside.importScripts = (...urls) => urls.reduce((before, one) => before.then(() => new Promise((done, failed) => {
        const script = inside.document.createElement("script")
        script.src = one
        script.onload = done
        script.onerror = failed
        inside.document.body.append(script)
      })), Promise.resolve())
      inside.postMessage = data => outside.dispatchEvent(new MessageEvent("message", { data }))
      this.inside = inside
      this.ready = inside.importScripts(new URL(url, document.baseURI).href)
    }
    postMessage(data) {
      this.ready.then(() => this.inside.dispatchEvent(new MessageEvent("message", { data })))
    }
    terminate() {
      this.inside.frameElement.remove()
    }
  }
}
