// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Who the client is when somebody stands in between: trusted proxies, the PROXY protocol, Unix
// sockets, descriptors that are passed on. None of it is in Node's server.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, describe, test } from "node:test";
import { Certificate } from "./lib/certificates.mjs";
import { ask, closeAll, connect } from "./lib/client.mjs";
import { useServer } from "./lib/fixture.mjs";
import { Polling, readResponse, request, requestText, target } from "./lib/http.mjs";
import { rtcioServe } from "./lib/rtcio.mjs";
import { built, isReference, oursOnly, serverUnderTest } from "./lib/server.mjs";
import { once, waitFor } from "./lib/time.mjs";
import { Wire } from "./lib/wire.mjs";

const ours = { skip: oursOnly("an HTTP server in front does it") };
const certificate = new Certificate();
const folder = mkdtempSync(path.join(tmpdir(), "rtcio-sockets-"));
const running = [];

after(() => {
  for (const server of running) if (!server.ended) server.child.kill("SIGKILL");
  certificate.remove();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  closeAll();
  Wire.destroyAll();
});

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

/** A header of version 2: command 1 is PROXY, 0 LOCAL; family 0x11 is TCP over IPv4. */
function proxyHeader({ command = 1, family = 0x11, addresses, version = 2, length } = {}) {
  const body = addresses ?? Buffer.from([192, 0, 2, 55, 127, 0, 0, 1, 0x1f, 0x90, 0x0b, 0xb9]);
  const head = Buffer.from([(version << 4) | command, family, 0, 0]);
  head.writeUInt16BE(length ?? body.length, 2);
  return Buffer.concat([SIGNATURE, head, body]);
}

describe("forwarded headers", ours, () => {
  describe("of a proxy that is trusted", () => {
    const server = useServer({ trusted_proxies: "127.0.0.1, 10.0.0.0/8" });

    test("name the client, for both transports", async () => {
      for (const transports of [["polling"], ["websocket"]]) {
        const extraHeaders = {
          "X-Forwarded-For": "1.1.1.1, 192.0.2.9, 10.0.0.3",
          "X-Forwarded-Proto": "https",
        };
        const socket = await connect(server, "/", { transports, extraHeaders });
        const { address, secure } = await ask(socket, "whoami");
        assert.deepEqual([address, secure], ["192.0.2.9", true]);
      }
    });

    test("are of one request: the next on the connection has its own", async () => {
      const wire = await Wire.connect(server.port);
      const refused = { target: target({ transport: "none" }) };
      wire.send(requestText({ ...refused, headers: { "X-Forwarded-For": "192.0.2.1" } }));
      wire.send(requestText(refused));
      for (const address of ["192.0.2.1", "127.0.0.1"]) {
        assert.equal((await readResponse(wire)).status, 400);
        assert.equal((await server.note({ note: "refused", code: 0 })).address, address);
      }
    });
  });

  describe("of anybody else", () => {
    const server = useServer({ trusted_proxies: "10.0.0.0/8" });
    test("mean nothing", async () => {
      const extraHeaders = { "X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https" };
      const socket = await connect(server, "/", { extraHeaders });
      const { address, secure } = await ask(socket, "whoami");
      assert.deepEqual([address, secure], ["127.0.0.1", false]);
    });
  });

  describe("as RFC 7239 has them", () => {
    const server = useServer({ trusted_proxies: "127.0.0.1", forwarded_header: 1 });
    test("count, and the other kind does not", async () => {
      const extraHeaders = {
        Forwarded: 'for="[2001:db8::5]:1234";proto=https',
        "X-Forwarded-For": "192.0.2.9",
      };
      const socket = await connect(server, "/", { extraHeaders });
      const { address, secure } = await ask(socket, "whoami");
      assert.deepEqual([address, secure], ["2001:db8::5", true]);
    });
  });

  test("a list that cannot be read is told", async () => {
    const server = serverUnderTest({ trusted_proxies: "::1, 10.0.0.0/40" });
    await assert.rejects(server.start());
    assert.match(server.stderr, /trusted_proxies: "10\.0\.0\.0\/40" is neither/);
  });
});

describe("the PROXY protocol", ours, () => {
  const server = useServer({ proxy: "yes", request_timeout_ms: 400 });

  /** Sends the pieces, opens a session behind them, and says what the server saw. */
  async function seen(...pieces) {
    const wire = await Wire.connect(server.port);
    for (const piece of pieces) wire.send(piece);
    wire.send(requestText({ target: target({ transport: "none" }) }));
    assert.equal((await readResponse(wire)).status, 400);
    wire.destroy();
    return (await server.note({ note: "refused", code: 0 })).address;
  }

  test("names the client", async () => {
    assert.equal(await seen(proxyHeader()), "192.0.2.55");
    const v6 = Buffer.alloc(36);
    v6.set([0x20, 0x01, 0x0d, 0xb8], 0);
    v6[15] = 7;
    assert.equal(await seen(proxyHeader({ family: 0x21, addresses: v6 })), "2001:db8::7");
    const mapped = Buffer.alloc(36);
    mapped.set([0xff, 0xff, 198, 51, 100, 4], 10);
    assert.equal(await seen(proxyHeader({ family: 0x21, addresses: mapped })), "198.51.100.4");
  });

  test("from the balancer itself, or of something else: the peer's address", async () => {
    assert.equal(await seen(proxyHeader({ command: 0, family: 0, addresses: Buffer.alloc(0) })), "127.0.0.1");
    assert.equal(await seen(proxyHeader({ family: 0, addresses: Buffer.alloc(0) })), "127.0.0.1");
    assert.equal(await seen(proxyHeader({ family: 0x31, addresses: Buffer.alloc(216, 65) })), "127.0.0.1");
  });

  test("with extensions, and byte by byte", async () => {
    const addresses = Buffer.concat([Buffer.from([192, 0, 2, 8, 1, 2, 3, 4, 0, 1, 0, 2]), Buffer.alloc(60, 4)]);
    const header = proxyHeader({ addresses });
    assert.equal(await seen(header), "192.0.2.8");
    assert.equal(await seen(...[...header].map((byte) => Buffer.from([byte]))), "192.0.2.8");
  });

  test("a session keeps what each of its connections said first", async () => {
    const wire = await Wire.connect(server.port);
    wire.send(proxyHeader(), requestText({ target: target() }));
    const { sid } = JSON.parse((await readResponse(wire)).text.slice(1));
    wire.send(requestText({ method: "POST", target: target({ sid }), body: "40" }));
    assert.equal((await readResponse(wire)).text, "ok");
    wire.send(requestText({ method: "POST", target: target({ sid }), body: '420["whoami"]' }));
    assert.equal((await readResponse(wire)).text, "ok");
    wire.send(requestText({ target: target({ sid }) }));
    assert.match((await readResponse(wire)).text, /"address":"192\.0\.2\.55"/);
  });

  test("refused: version 1, none, broken, too long, cut short, too slow", async () => {
    const rows = [
      [Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"), /version 1: send version 2/],
      [requestText({ target: "/hello" }), /no PROXY protocol header in front/],
      [proxyHeader({ version: 3 }), /unknown version or command/],
      [proxyHeader({ command: 2 }), /unknown version or command/],
      [proxyHeader({ length: 2000 }), /too long/],
      [proxyHeader({ addresses: Buffer.alloc(4) }), /cut short/],
      [SIGNATURE, /in time/],
    ];
    for (const [bytes, context] of rows) {
      const wire = await Wire.connect(server.port);
      wire.send(bytes);
      assert.equal((await wire.readEnd()).length, 0);
      assert.match((await server.note({ note: "refused", code: 3 })).context, context);
    }
    const wire = await Wire.connect(server.port);
    wire.send(SIGNATURE.subarray(0, 5));
    wire.reset();
    assert.equal(await seen(proxyHeader()), "192.0.2.55");
  });
});

describe("the PROXY protocol and TLS", ours, () => {
  const files = { tls_cert: certificate.certFile, tls_key: certificate.keyFile };
  const server = useServer({ ...files, proxy: "yes" });

  test("the header comes in front of the handshake", async () => {
    const balancer = net.createServer((near) => {
      const far = net.connect(server.port, "127.0.0.1");
      far.write(proxyHeader());
      for (const [one, other] of [[near, far], [far, near]]) {
        one.on("error", () => {});
        one.on("close", () => other.destroy());
        one.pipe(other);
      }
    });
    await new Promise((resolve) => balancer.listen(0, "127.0.0.1", resolve));
    try {
      const url = `https://127.0.0.1:${balancer.address().port}`;
      const socket = await connect({ url }, "/", { ca: certificate.pem });
      const { address, secure } = await ask(socket, "whoami");
      assert.deepEqual([address, secure], ["192.0.2.55", true]);
    } finally {
      closeAll();
      balancer.close();
    }
  });
});

describe("the PROXY protocol of strangers", ours, () => {
  const server = useServer({ proxy: "yes", trusted_proxies: "192.0.2.0/24" });
  test("is not listened to", async () => {
    const wire = await Wire.connect(server.port);
    assert.equal((await wire.readEnd()).length, 0);
    assert.match((await server.note({ note: "refused", code: 3 })).context, /not trusted/);
  });
});

/** GET by a Unix socket. */
async function getByPath(socketPath, url, headers = {}) {
  const sent = http.get({ socketPath, path: url, headers, agent: false });
  const [response] = await once(sent, "response");
  let text = "";
  response.setEncoding("utf8").on("data", (piece) => (text += piece));
  await once(response, "end");
  return { status: response.statusCode, text };
}

describe("a Unix socket", ours, () => {
  const socketPath = path.join(folder, "server.sock");

  test("serves, is private, and replaces what a dead server left", async () => {
    for (let i = 0; i < 2; i++) {
      const server = serverUnderTest({ unix_path: socketPath, trusted_proxies: "unix" });
      await server.start();
      assert.equal(statSync(socketPath).mode & 0o777, 0o600);
      assert.deepEqual(await getByPath(socketPath, "/hello"), { status: 200, text: "hello " });
      const refused = await getByPath(socketPath, target({ transport: "none" }));
      assert.equal(refused.status, 400);
      assert.equal((await server.note({ note: "refused", code: 0 })).address, "");
      await getByPath(socketPath, target({ transport: "none" }), { "X-Forwarded-For": "192.0.2.3" });
      assert.equal((await server.note({ note: "refused", code: 0 })).address, "192.0.2.3");
      server.child.kill("SIGKILL");
      await server.exit;
    }
  });

  test("that somebody listens to, or that is a file, is left alone", async () => {
    const first = serverUnderTest({ unix_path: socketPath });
    await first.start();
    const second = serverUnderTest({ unix_path: socketPath });
    await assert.rejects(second.start());
    assert.deepEqual(await getByPath(socketPath, "/hello"), { status: 200, text: "hello " });
    await first.stop();
    const third = serverUnderTest({ unix_path: certificate.certFile });
    await assert.rejects(third.start());
    assert.match(certificate.pem, /BEGIN CERTIFICATE/);
  });
});

describe("rtcio serve --listen", ours, () => {
  const start = async (args, env) => {
    const server = rtcioServe(["--log", "json", ...args], env);
    running.push(server);
    return server.start();
  };
  const listening = async (server, n) => {
    const read = () => server.stderr.split("\n").filter((line) => line.includes('"server.listen"'));
    await waitFor(() => read().length >= n, "log lines");
    return read().map((line) => JSON.parse(line));
  };

  test("several places, with TLS and without", async () => {
    const socketPath = path.join(folder, "several.sock");
    const places = `http://127.0.0.1:0,https://127.0.0.1:0,unix:${socketPath}`;
    const { certFile, keyFile } = certificate;
    const server = await start(["--listen", places, "--tls-cert", certFile, "--tls-key", keyFile]);
    const [plain, secure] = await listening(server, 3);
    assert.deepEqual([plain.scheme, secure.scheme], ["http", "https"]);
    assert.equal((await request(plain.port, { target: "/health" })).text, "ok");
    const wire = await Wire.connectTls(secure.port, { ca: certificate.pem });
    wire.send(requestText({ target: "/health" }));
    assert.equal((await readResponse(wire)).text, "ok");
    assert.equal((await getByPath(socketPath, "/health")).text, "ok");
    assert.equal(statSync(socketPath).mode & 0o777, 0o660);
    await server.stop();
  });

  test("places that are none", async () => {
    const rows = [
      ["nonsense", /"nonsense" is no place to listen: give HOST:PORT/],
      ["127.0.0.1:70000", /is no place/],
      ["unix:relative", /is no place/],
      ["fd:x", /is no place/],
      ["https://[::1]:0", /needs a certificate, see --tls-cert/],
      ["fd:77", /cannot listen on fd:77/],
      ["unix:/nowhere/at/all", /cannot listen on unix:\/nowhere\/at\/all: No such file/],
    ];
    for (const [place, text] of rows) {
      const server = rtcioServe(["--listen", place]);
      await assert.rejects(server.start());
      assert.match(server.stderr, text);
    }
  });

  test("a socket that was opened before, as systemd passes it", async () => {
    const listener = net.createServer();
    await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const { port } = listener.address();
    // The shell's own process becomes the server: LISTEN_PID is right.
    const script = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" serve --log json';
    const child = spawn("/bin/sh", ["-c", script, built("rtcio")], {
      stdio: ["ignore", "pipe", "inherit", listener._handle.fd],
    });
    try {
      await once(child.stdout, "data");
      listener.close();
      assert.equal((await request(port, { target: "/health" })).text, "ok");
      const session = await Polling.connect(port);
      assert.equal(session.open.sid.length, 20);
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });

  test("addresses of clients behind a proxy are in the log", async () => {
    const server = await start(["--trusted-proxies", "127.0.0.1"]);
    await connect(server, "/", { extraHeaders: { "X-Forwarded-For": "192.0.2.77" } });
    await waitFor(() => server.stderr.includes('"client.connect"'), "a log line");
    assert.match(server.stderr, /"address":"192\.0\.2\.77"/);
    await server.stop();
  });
});

if (isReference) test("nothing here is Node's", () => {});
