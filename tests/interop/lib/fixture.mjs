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
 *  @param concurrent  the block's tests run at the same time: clean up after the last only */
export function useServer(options, { concurrent = false, server = serverUnderTest(options) } = {}) {
  before(() => server.start());
  if (!concurrent) afterEach(cleanUp);
  after(async () => {
    cleanUp();
    await server.stop();
  });
  return server;
}
