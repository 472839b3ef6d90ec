// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Node's own socket.io server with the behaviours of server.c: what the tests are proved against.
// README.md lists the behaviours.

import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import readline from "node:readline";
import { instrument } from "@socket.io/admin-ui";
import { Server } from "socket.io";
import { api } from "./reference-api.mjs";
import { corners } from "./reference-corners.mjs";
import { dynamic } from "./reference-dynamic.mjs";
import { guard } from "./reference-guarded.mjs";
import { allowRequest, hook } from "./reference-hooks.mjs";
import { lab } from "./reference-lab.mjs";

const options = Object.fromEntries(
  process.argv.slice(2).map((arg) => {
    const at = arg.indexOf("=");
    return [arg.slice(0, at), arg.slice(at + 1)];
  }),
);
const number = (key) => (key in options ? Number(options[key]) : undefined);
const list = (text) => text?.split(",").map((piece) => piece.trim());

function corsOrigin(text) {
  if (text === "*") return "*";
  if (text === "reflect") return true;
  return text.includes(",") ? list(text) : text;
}

const defined = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

const cors = "cors_origin" in options && defined({
  origin: corsOrigin(options.cors_origin),
  credentials: options.cors_credentials === "true",
  methods: options.cors_methods,
  allowedHeaders: options.cors_allowed_headers,
  exposedHeaders: options.cors_exposed_headers,
  maxAge: number("cors_max_age_s"),
});

const secure = "tls_cert" in options;
const pem = () =>
  secure && { cert: readFileSync(options.tls_cert), key: readFileSync(options.tls_key) };

const httpServer = (secure ? https : http).createServer(
  defined({
    ...pem(),
    headersTimeout: number("request_timeout_ms"),
    requestTimeout: number("request_timeout_ms"),
    keepAliveTimeout: number("keep_alive_timeout_ms"),
    maxHeaderSize: number("max_head_bytes"),
    connectionsCheckingInterval: 50,
  }),
);
httpServer.on("request", (req, res) => {
  const [path] = req.url.split("?");
  if (path.startsWith(options.add_trailing_slash === "false" ? io.path() : `${io.path()}/`)) return;
  if (path !== "/hello") return res.writeHead(404).end();
  const body = `hello ${req.headers["x-name"] ?? ""}`;
  const length = Buffer.byteLength(body);
  const headers = { "Content-Type": "text/plain", "Content-Length": length, "X-Seen": "yes" };
  res.writeHead(200, headers).end(body);
});

const flag = (key) => (key in options ? options[key] === "true" : undefined);
const textOrOff = (key) => (options[key] === "none" ? false : options[key]);

function cookie() {
  if (!options.cookie_name) return undefined;
  const expires = number("cookie_expires_s");
  return defined({
    name: options.cookie_name,
    path: textOrOff("cookie_path"),
    domain: options.cookie_domain,
    maxAge: number("cookie_max_age_s"),
    expires: expires && new Date(expires * 1000),
    httpOnly: flag("cookie_http_only"),
    secure: flag("cookie_secure"),
    partitioned: flag("cookie_partitioned"),
    priority: options.cookie_priority,
    sameSite: textOrOff("cookie_same_site"),
  });
}

const io = new Server(
  httpServer,
  defined({
    path: options.path,
    transports: list(options.transports),
    allowUpgrades: options.allow_upgrades && options.allow_upgrades === "true",
    pingInterval: number("ping_interval_ms"),
    pingTimeout: number("ping_timeout_ms"),
    upgradeTimeout: number("upgrade_timeout_ms"),
    connectTimeout: number("connect_timeout_ms"),
    maxHttpBufferSize: number("max_payload_bytes"),
    connectionStateRecovery: number("recovery_max_ms") && {
      maxDisconnectionDuration: number("recovery_max_ms"),
      skipMiddlewares: options.recovery_skip_middlewares === "true",
    },
    cleanupEmptyChildNamespaces: options.cleanup_empty_child_namespaces === "true",
    httpCompression: options.http_compression !== "false" && {
      threshold: number("http_compression_threshold") ?? 1024,
    },
    perMessageDeflate: options.per_message_deflate === "true" && defined({
      threshold: number("deflate_threshold"),
      // Its `false` is that it refuses who asks for it.
      serverNoContextTakeover: flag("deflate_server_no_context_takeover") !== false || undefined,
      clientNoContextTakeover: flag("deflate_client_no_context_takeover") !== false || undefined,
      serverMaxWindowBits: number("deflate_server_max_window_bits"),
      clientMaxWindowBits: number("deflate_client_max_window_bits"),
    }),
    serveClient: "serve_client" in options,
    cors: cors || undefined,
    cookie: cookie(),
    addTrailingSlash: flag("add_trailing_slash"),
    destroyUpgrade: flag("destroy_upgrade"),
    destroyUpgradeTimeout: number("destroy_upgrade_timeout_ms"),
    initialPacket: options.initial_packet,
    allowRequest: options.hooks && allowRequest,
    allowEIO3: flag("allow_eio3"),
  }),
);

if (options.admin) {
  const password = "$2b$04$abcdefghijklmnopqrstuudwGrhhx5JklpO9.j/ckWDCf3exvs1/2"; // "changeit"
  instrument(io, {
    auth: options.admin.includes("basic") ? { type: "basic", username: "admin", password } : false,
    readonly: options.admin.includes("readonly"),
    mode: options.admin.includes("production") ? "production" : "development",
    serverId: "the server",
    namespaceName: options.admin.includes("renamed") ? "/renamed" : "/admin",
  });
}

// Counters and notes.

const connections = new Set();
httpServer.on("connection", (socket) => {
  connections.add(socket);
  socket.on("close", () => connections.delete(socket));
});

const namespaces = ["/", "/custom", "/chat", "/guarded", "/lab", "/api"].map((name) => io.of(name));
let upgrades = 0;
io.engine.on("connection", (session) => session.on("upgrade", () => upgrades++));

const note = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

// The context in the words of our server: what was asked for, what there was instead.
function explain({ name, message, transport, sid, method, origin, protocol, ...previous }) {
  const asked = [transport, sid, method, origin, protocol].find((value) => value !== undefined);
  const expected = previous.previousTransport ?? previous.previousProtocol ?? "";
  return { context: name ?? message, asked: `${asked ?? ""}`, expected: `${expected}` };
}

if (options.hooks) hook(io.engine);
io.engine.on("connection_error", ({ code, message, context = {} }) => {
  note({ note: "refused", code, message, ...explain(context) });
});

function stats() {
  return {
    note: "stats",
    n_connections: connections.size,
    n_sessions: io.engine.clientsCount,
    n_sockets: namespaces.reduce((sum, nsp) => sum + nsp.sockets.size, 0),
    upgrades,
  };
}

// Behaviours.

function target(socket, { from, to = [], except = [], broadcast, volatile: drop, plain, local, timeout }) {
  let operator = from === "nsp" ? socket.nsp : socket;
  for (const room of to) operator = operator.to(room);
  for (const room of except) operator = operator.except(room);
  if (broadcast) operator = operator.broadcast;
  if (drop) operator = operator.volatile;
  if (plain) operator = operator.compress(false);
  if (local) operator = operator.local;
  if (timeout) operator = operator.timeout(timeout);
  return operator;
}

const done = (ack) => typeof ack === "function" && ack();

function answered(socket, result) {
  note({ note: "answered", id: socket.id, ...result });
  socket.emit("answered", result);
}

function ask(socket, { event, args, timeout }) {
  if (!timeout) {
    socket.emit(event, ...args, (...values) => answered(socket, { status: "ok", values }));
    return;
  }
  socket.timeout(timeout).emit(event, ...args, (error, ...values) => {
    answered(socket, error ? { status: "timeout", values: [] } : { status: "ok", values });
  });
}

function askAll(socket, spec) {
  target(socket, spec).emit(spec.event, ...spec.args, (error, values) => {
    answered(socket, { status: error ? "timeout" : "ok", values });
  });
}

function ticks(socket, { n, every }) {
  let i = 0;
  const timer = setInterval(() => {
    socket.emit("tick", i++);
    if (i === n) clearInterval(timer);
  }, every);
}

function whoami(socket) {
  const { address, xdomain, secure, issued, url, query, headers, auth } = socket.handshake;
  const { id, connected } = socket;
  const transport = socket.conn.transport.name;
  const header = headers["x-test"];
  const { recovered } = socket;
  return { id, connected, recovered, transport, address, xdomain, secure, issued, url, k: query.k, header, auth };
}

const snapshot = ({ id, rooms, handshake, data }) => ({ id, rooms: [...rooms], handshake, data });

const kept = new Map();

function commands(socket) {
  const { nsp } = socket;
  const names = [];
  socket.onAny((name) => names.push(name));
  socket.on("message", (...args) => socket.emit("message-back", ...args));
  socket.on("message-with-ack", (...args) => {
    const ack = args.pop();
    if (typeof ack === "function") ack(...args);
  });
  socket.on("join", (room, ack) => (socket.join(room), done(ack)));
  socket.on("leave", (room, ack) => (socket.leave(room), done(ack)));
  socket.on("rooms", (ack) => ack([...socket.rooms]));
  socket.on("members", (room, ack) => ack([...(nsp.adapter.rooms.get(room) ?? [])]));
  socket.on("names", (ack) => ack(names));
  socket.on("remember", (value, ack) => ((socket.data.value = value), done(ack)));
  socket.on("recall", (ack) => ack(socket.data.value ?? null));
  socket.on("whoami", (ack) => ack(whoami(socket)));
  // Into what is there: the admin's `instrument()` sees writes to it, and has marked it.
  socket.on("tool:set-json", (value, ack) => (Object.assign(socket.data, value), ack(0)));
  socket.on("tool:fetch", async (...args) => {
    const ack = args.pop();
    const found = await (args.length > 0 ? nsp.in(args[0]) : nsp).fetchSockets();
    ack(0, found.map(snapshot));
  });
  socket.on("observe", (ack) => (socket.join("observers"), done(ack)));
  socket.on("say", (spec, ack) => (target(socket, spec).emit(spec.event, ...spec.args), done(ack)));
  socket.on("ask", (spec) => ask(socket, spec));
  socket.on("ask-all", (spec) => askAll(socket, spec));
  socket.on("move", ({ join, leave, ...spec }, ack) => {
    if (join) target(socket, spec).socketsJoin(join);
    if (leave) target(socket, spec).socketsLeave(leave);
    done(ack);
  });
  socket.on("drop", ({ close, ...spec }, ack) => {
    target(socket, spec).disconnectSockets(close);
    done(ack);
  });
  corners(io, socket, target);
  socket.on("kick-me", (close) => socket.disconnect(close));
  socket.on("keep", (name, ack) => kept.set(name, ack));
  socket.on("release", (name, value) => {
    kept.get(name)?.(value);
    kept.delete(name);
  });
  socket.on("forget", (name) => kept.delete(name));
  socket.on("ticks", (spec) => ticks(socket, spec));
  socket.on("post", (n) => {
    for (let i = 0; i < n; i++) setImmediate(() => socket.emit("posted", i));
  });
  socket.on("flood", ({ n, size }) => {
    const filler = "x".repeat(size);
    for (let i = 0; i < n; i++) socket.emit("flood", i, filler);
  });
}

function life(nsp) {
  nsp.on("connection", (socket) => {
    const tell = (phase, reason) => {
      const told = { nsp: socket.nsp.name, id: socket.id, reason, rooms: [...socket.rooms] };
      note({ note: phase, ...told });
      io.to("observers").emit("gone", { phase, ...told });
    };
    note({ note: "connection", nsp: socket.nsp.name, id: socket.id });
    socket.on("disconnecting", (reason) => tell("disconnecting", reason));
    socket.on("disconnect", (reason) => tell("disconnect", reason));
    socket.on("error", (error) => note({ note: "error", id: socket.id, reason: error?.message }));
    if (["/", "/custom"].includes(socket.nsp.name)) socket.emit("auth", socket.handshake.auth);
    commands(socket);
  });
}

namespaces.forEach(life);
const decide = guard(io.of("/guarded"));
lab(io.of("/lab"));
api(io.of("/api"));
dynamic(io, { life, note });
io.on("connection", (socket) => socket.on("decide", (accept, ack) => (decide(accept), done(ack))));

// Life.

let closing = false;
async function close() {
  if (closing) return;
  closing = true;
  await Promise.race([io.close(), new Promise((resolve) => setTimeout(resolve, 500))]);
  process.exit(0);
}
process.on("SIGTERM", close);
readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (line === "stats") note(stats());
    if (line !== "reload") return;
    httpServer.setSecureContext(pem());
    note({ note: "reload", error: 0, why: "" });
  })
  .on("close", close);

httpServer.listen(number("port") ?? 0, options.host ?? "127.0.0.1", () => {
  process.stdout.write(`listening ${httpServer.address().port}\n`);
});
