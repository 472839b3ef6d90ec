// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// TLS: stock clients over https and wss, certificates that are wrong or change, and peers that do
// not finish their handshake or send something else.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import net from "node:net";
import { after, describe, test } from "node:test";
import { Certificate } from "./lib/certificates.mjs";
import { ask, connect, upgraded } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { readResponse, requestText, target } from "./lib/http.mjs";
import { isReference, oursOnly, serverUnderTest } from "./lib/server.mjs";
import { once, since, take, waitFor, withTimeout } from "./lib/time.mjs";
import { Wire } from "./lib/wire.mjs";

const certificate = new Certificate();
after(() => certificate.remove());

const files = { tls_cert: certificate.certFile, tls_key: certificate.keyFile };

/** Options of a client that believes the certificate. */
const trust = (more = {}) => ({ ca: certificate.pem, ...more });

/** A connection with TLS, as bytes. */
const secureWire = (server, options) => Wire.connectTls(server.port, trust(options));

/** Stands between a client and the server, and can put bytes of its own in between: into `far`.
 *  bytewise: passes the client's bytes on one by one. */
async function startRelay(port, { bytewise = false } = {}) {
  const relay = {};
  const listener = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1").setNoDelay(true);
    Object.assign(relay, { near, far });
    for (const end of [near, far]) end.on("error", () => {});
    far.pipe(near);
    if (!bytewise) return near.pipe(far);
    const bytes = [];
    const pass = () => {
      if (bytes.length > 0 && far.writable) far.write(Buffer.from([bytes.shift()]));
      if (bytes.length > 0) setImmediate(pass);
    };
    return near.on("data", (chunk) => {
      bytes.push(...chunk);
      pass();
    });
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  relay.port = listener.address().port;
  relay.stop = () => {
    relay.near.destroy();
    relay.far.destroy();
    listener.close();
  };
  return relay;
}

async function hello(wire) {
  wire.send(requestText({ target: "/hello" }));
  const { status, text } = await readResponse(wire);
  assert.deepEqual([status, text], [200, "hello "]);
}

describe("stock clients", () => {
  const server = useServer({ ...files, max_queue_bytes: 64 << 20 });

  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    test(`talk over ${transports.join(" and ")}`, async () => {
      const socket = await connect(server, "/", trust({ transports }));
      if (transports.length > 1) await upgraded(socket);
      const facts = await ask(socket, "whoami");
      assert.equal(facts.secure, true);
      assert.equal(facts.address, "127.0.0.1");
      assert.equal(await ask(socket, "message-with-ack", "é€😀"), "é€😀");
      const bytes = Buffer.alloc(300000, 7);
      assert.deepEqual(await ask(socket, "message-with-ack", bytes), bytes);
    });
  }

  test("do not believe a certificate of nobody they know", async () => {
    await assert.rejects(connect(server, "/", { transports: ["websocket"] }));
    await assert.rejects(connect(server, "/", { transports: ["polling"] }));
  });

  test("get much at once in order, while they send much", async () => {
    const socket = await connect(server, "/", trust());
    const floods = take(socket, "flood", 500);
    socket.emit("flood", { n: 500, size: 3000 });
    for (let i = 0; i < 100; i++) socket.emit("message", i, "y".repeat(5000));
    const back = take(socket, "message-back", 100);
    assert.deepEqual((await floods).map(([i]) => i), [...Array(500).keys()]);
    assert.deepEqual((await back).map(([i]) => i), [...Array(100).keys()]);
  });

  test("a reader that stops and goes on gets everything", async () => {
    const relay = await startRelay(server.port);
    const socket = await connect({ url: `https://127.0.0.1:${relay.port}` }, "/", trust());
    const floods = take(socket, "flood", 2000);
    relay.far.unpipe();
    relay.far.pause();
    socket.emit("flood", { n: 2000, size: 10000 });
    // More than the kernel's buffers hold is on its way: the rest waits in the server.
    if (!isReference) await waitFor(async () => (await server.stats()).n_queued_bytes > 0, "a queue");
    relay.far.pipe(relay.near);
    assert.deepEqual((await floods).map(([i]) => i), [...Array(2000).keys()]);
    relay.stop();
  });
});

describe("the wire", () => {
  const server = useServer({ ...files, request_timeout_ms: 400 });

  test("TLS 1.2 and 1.3 are spoken, older ones are not", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
      const wire = await secureWire(server, { minVersion: version, maxVersion: version });
      assert.equal(wire.socket.getProtocol(), version);
      await hello(wire);
    }
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    await assert.rejects(secureWire(server, old), /protocol/i);
  });

  test("TLS 1.2 without forward secrecy is refused", { skip: oursOnly("it allows it") }, async () => {
    const options = { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256:AES256-SHA" };
    await assert.rejects(secureWire(server, options), /handshake failure/);
  });

  test("ALPN: http/1.1, or nothing in common", async () => {
    const wire = await secureWire(server, { ALPNProtocols: ["h2", "http/1.1"] });
    assert.equal(wire.socket.alpnProtocol, "http/1.1");
    await hello(wire);
    await assert.rejects(secureWire(server, { ALPNProtocols: ["h2"] }), /no application protocol/);
    assert.equal((await secureWire(server)).socket.alpnProtocol, false);
  });

  test("a session is resumed by its ticket", async () => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"]) {
      const first = await secureWire(server, { maxVersion });
      const ticket = first.socket.getSession();
      const got = maxVersion === "TLSv1.3" ? once(first.socket, "session") : [ticket];
      await hello(first);
      const [session] = await got;
      const second = await secureWire(server, { maxVersion, session });
      assert.equal(second.socket.isSessionReused(), true, maxVersion);
    }
  });

  test("requests byte by byte, and several in one piece", async () => {
    const wire = await secureWire(server);
    for (const byte of requestText({ target: "/hello" })) wire.send(Buffer.from([byte]));
    assert.equal((await readResponse(wire)).status, 200);
    const one = requestText({ target: "/hello" });
    wire.send(Buffer.concat([one, one, one]));
    for (let i = 0; i < 3; i++) assert.equal((await readResponse(wire)).status, 200);
  });

  test("the ciphertext byte by byte", async () => {
    const relay = await startRelay(server.port, { bytewise: true });
    await hello(await Wire.connectTls(relay.port, trust()));
    relay.stop();
  });

  test("renegotiation is refused", { skip: oursOnly("it allows a few") }, async () => {
    const wire = await secureWire(server, { maxVersion: "TLSv1.2" });
    await hello(wire);
    const ended = new Promise((resolve) => wire.socket.once("error", resolve));
    wire.socket.renegotiate({}, () => {});
    const error = await withTimeout(ended, "a refusal");
    assert.match(error.message, /no renegotiation/);
  });

  test("the end is announced before FIN", async () => {
    const wire = await secureWire(server);
    wire.send(requestText({ target: "/hello", headers: { Connection: "close" } }));
    assert.equal((await readResponse(wire)).status, 200);
    await once(wire.socket, "close"); // without close_notify Node would say so with an error
    assert.equal(wire.error, null);
  });

  test("http:// to a TLS port is told what is wrong", { skip: oursOnly("it resets") }, async () => {
    const wire = await Wire.connect(server.port);
    wire.send(requestText({ target: "/hello" }));
    const { status, text } = await readResponse(wire);
    assert.equal(status, 400);
    assert.match(text, /https:\/\//);
    await wire.readEnd();
  });

  test("who does not finish the handshake is cut off", { skip: oursOnly("2 minutes") }, async () => {
    const begin = performance.now();
    const silent = await Wire.connect(server.port);
    const slow = await Wire.connect(server.port);
    slow.send(Buffer.from([22, 3, 1, 2, 0, 1])); // the beginning of a ClientHello
    const drip = setInterval(() => slow.send(Buffer.from([0])), 40);
    await Promise.all([silent.readEnd(), slow.readEnd()]).finally(() => clearInterval(drip));
    assert.ok(since(begin) < 3000);
    const done = await secureWire(server); // the handshake is done, and then nothing comes
    await done.readEnd();
  });

  test("garbage ends its own connection and no other", async () => {
    const healthy = await connect(server, "/", trust());
    const pieces = [
      Buffer.alloc(600, 0xff),
      Buffer.from([22, 3, 1, 255, 255]),
      Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]),
      Buffer.from([23, 3, 3, 0, 5, 1, 2, 3, 4, 5]),
      Buffer.from([21, 3, 3, 0, 2, 2, 40]),
      Buffer.from("\x00"),
    ];
    const before = isReference ? 0 : (await server.stats()).tls_failures;
    for (const piece of pieces) {
      const wire = await Wire.connect(server.port);
      wire.send(piece);
      wire.end();
      await wire.readEnd();
    }
    // Inside a connection that was good.
    const relay = await startRelay(server.port);
    const wire = await Wire.connectTls(relay.port, trust());
    await hello(wire);
    relay.far.write(Buffer.from([23, 3, 3, 0, 20, ...Buffer.alloc(20, 1)]));
    await wire.readEnd();
    relay.stop();
    await ask(healthy, "message-with-ack", 1);
    if (!isReference) {
      const { tls_failures } = await server.stats();
      assert.ok(tls_failures >= before + 4, `${before} to ${tls_failures}`);
    }
  });
});

describe("another certificate", () => {
  const server = useServer(files, { concurrent: true });
  const seen = async () => {
    const wire = await secureWire(server, { rejectUnauthorized: false });
    const { fingerprint256 } = wire.socket.getPeerCertificate();
    wire.destroy();
    return fingerprint256;
  };
  const inFile = () => new X509Certificate(certificate.pem).fingerprint256;

  test("is used by new connections, those that exist go on", async () => {
    const clients = await Promise.all(
      [["polling"], ["websocket"]].map((transports) => connect(server, "/", trust({ transports }))),
    );
    const kept = await secureWire(server);
    await hello(kept);
    const first = await seen();
    assert.equal(first, inFile());
    certificate.renew();
    assert.equal(await seen(), first, "not before it is told to");
    assert.deepEqual(await server.reload(), { note: "reload", error: 0, why: "" });
    assert.equal(await seen(), inFile());
    assert.notEqual(await seen(), first);
    await hello(kept);
    // Polling opens further connections: its client still asks for the first certificate.
    assert.equal(await ask(clients[1], "message-with-ack", "still here"), "still here");
  });

  test("that cannot be used changes nothing", { skip: oursOnly("it throws") }, async () => {
    const first = await seen();
    const { pem } = certificate;
    certificate.write("cert.pem", pem.slice(0, 200));
    const { error, why } = await server.reload();
    assert.equal(error, -1);
    assert.match(why, /^certificate file .*cert\.pem: /);
    certificate.write("cert.pem", pem);
    assert.equal(await seen(), first);
  });
});

describe("files that cannot be used", { skip: oursOnly("messages are ours") }, () => {
  const other = new Certificate();
  after(() => other.remove());

  /** What the server says when it is started with these files. */
  async function complaint(tls_cert, tls_key) {
    const server = serverUnderTest({ tls_cert, tls_key });
    await assert.rejects(server.start());
    const line = server.stderr.split("\n")[0];
    return line.replaceAll(`${other.directory}/`, "");
  }

  test("each has its own sentence", async () => {
    const { certFile, keyFile } = other;
    const key = other.write("none.pem", "hello\n");
    const empty = other.write("empty.pem", "");
    other.openssl("ec", "-in", keyFile, "-aes256", "-passout", "pass:x", "-out", "locked.pem");
    const rows = [
      [other.file("absent.pem"), keyFile, "certificate file absent.pem: No such file or directory"],
      [other.directory, keyFile, `certificate file ${other.directory}: Is a directory`],
      [empty, keyFile, "certificate file empty.pem: is empty"],
      [key, keyFile, "certificate file none.pem: holds no certificate in PEM form"],
      [certFile, other.file("absent.pem"), "key file absent.pem: No such file or directory"],
      [certFile, key, "key file none.pem: holds no private key in PEM form that can be used"],
      [
        certFile,
        other.file("locked.pem"),
        "key file locked.pem: is encrypted, give a key without a passphrase",
      ],
      [
        certFile,
        certificate.keyFile,
        `key file ${certificate.keyFile}: does not belong to the certificate in cert.pem`,
      ],
    ];
    for (const [cert, keyOf, text] of rows) assert.equal(await complaint(cert, keyOf), `tls: ${text}`);
  });
});

describe("with TLS and without", { skip: oursOnly("one listener each") }, () => {
  const server = useServer(files);

  test("one server listens to both", async () => {
    const { port } = await server.note({ note: "plain" });
    const plain = await connect({ url: `http://127.0.0.1:${port}` });
    const secure = await connect(server, "/", trust());
    assert.equal((await ask(plain, "whoami")).secure, false);
    assert.equal((await ask(secure, "whoami")).secure, true);
    await ask(plain, "join", "hall");
    const said = once(plain, "heard");
    secure.emit("say", { to: ["hall"], event: "heard", args: [1] });
    assert.deepEqual(await said, [1]);
    const wire = await Wire.connect(port);
    wire.send(requestText({ target: target() }));
    assert.equal((await readResponse(wire)).status, 200);
  });
});
