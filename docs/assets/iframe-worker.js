// Browsers give no workers to pages that are opened as files. There, the search runs in a hidden frame instead.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(address) {
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "search";
      document.body.append(this.frame);
      const room = this.frame.contentWindow;
      room.postMessage = (data) => setTimeout((copy) => this.onmessage?.({ data: copy }), 0, structuredClone(data));
      const script = room.document.createElement("script");
      script.src = address;
      script.onload = () => {
        this.ready = true;
        this.waiting.splice(0).forEach((data) => this.postMessage(data));
      };
      script.onerror = (event) => this.onerror?.(event);
      room.document.head.append(script);
    }

    postMessage(data) {
      const copy = structuredClone(data); // what is sent to a worker is a copy
      if (this.ready) this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data: copy }));
      else this.waiting.push(copy);
    }

    terminate() {
      this.frame.remove();
    }
  };
}
