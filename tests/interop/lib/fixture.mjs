// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Ties a server's life to a block of tests, and leaves nothing open behind one.

import { after, afterEach, before } from "node:test";
import { closeAll } from "./client.mjs";
import { serverUnderTest } from "./server.mjs";
import { Wire } from "./wire.mjs";

function cleanUp() {
  closeAll();
  Wire.destroyAll();
}

/** Inside describe(): one server for the block, running from the first test to the last.
 *  @param concurrent  clean up after the last test only, for tests that run at the same time or
 *                     share clients
 *  @param last        called after the last test, before the server is stopped */
export function useServer(options, { concurrent = false, last = () => {} } = {}) {
  const server = serverUnderTest(options);
  before(() => server.start());
  if (!concurrent) afterEach(cleanUp);
  after(async () => {
    try {
      await last();
    } finally {
      cleanUp();
      await server.stop();
    }
  });
  return server;
}
