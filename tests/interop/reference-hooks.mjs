// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The hooks of hooks.c for Node's server: what they do stands in a request's query.

const query = (req) => new URL(req.url, "http://localhost").searchParams;

export function allowRequest(req, callback) {
  switch (query(req).get("gate")) {
    case "no":
      return callback('not "today"', false);
    case "bare":
      return callback(null, false);
    case "late":
      return setTimeout(callback, 30, null, true);
    case "late-no":
      return setTimeout(callback, 30, "too late", false);
    default:
      return callback(null, true);
  }
}

export function hook(engine) {
  let n = 0;
  engine.generateId = async (req) => {
    const id = query(req).get("gen") ?? query(req).get("as");
    if (id === "fail") throw new Error("no id");
    return id ?? `generated-${n++}`;
  };
  for (const name of ["first", "second"]) {
    engine.use((req, res, next) => {
      const mode = query(req).get("mw");
      if (mode === "end") {
        res.writeHead(503, { "Content-Type": "text/plain" });
        return res.end("closed");
      }
      if (mode === "fail") return next(new Error("no"));
      const before = res.getHeader("X-Middleware");
      res.setHeader("X-Middleware", before ? `${before}, ${name}` : name);
      next();
    });
  }
  engine.on("initial_headers", (headers) => {
    headers["X-Initial"] = "yes";
    const key = Object.keys(headers).find((name) => name.toLowerCase() === "set-cookie");
    headers[key ?? "set-cookie"] = key ? [headers[key], "mine=1"] : "mine=1";
  });
  engine.on("headers", (headers, req) => {
    headers["X-Headers"] = query(req).get("k") ?? "none";
  });
}
