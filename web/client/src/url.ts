// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

/** Where a socket connects to. */
export interface Target {
  /** The server, with the query. */
  source: string;
  /** Server and path of the endpoint: one manager each. */
  id: string;
  namespace: string;
  query: Record<string, string> | undefined;
}

const DEFAULT_PORTS: Record<string, string> = { "http:": "80", "ws:": "80", "https:": "443", "wss:": "443" };

/**
 * Takes a URL apart as socket.io-client does: its path is the namespace, and without a host it is
 * the page's.
 *
 * @param url - absolute, or without scheme, or only a path
 * @param path - of the endpoint, such as `/socket.io`
 * @throws TypeError if it is no URL
 */
export function parseUrl(url: string | undefined, path: string): Target {
  const page = typeof location === "undefined" ? undefined : location;
  let absolute = url ?? "";
  if (!/^(https?|wss?):\/\//.test(absolute)) {
    const scheme = page?.protocol ?? "https:";
    if (absolute.startsWith("//")) absolute = scheme + absolute;
    else if (absolute === "" || absolute.startsWith("/")) absolute = `${scheme}//${page?.host ?? ""}${absolute}`;
    else absolute = `${scheme}//${absolute}`;
  }
  const { protocol, hostname, port, pathname, search, searchParams } = new URL(absolute);
  return {
    source: absolute,
    id: `${protocol}//${hostname}:${port || DEFAULT_PORTS[protocol]}${path}`,
    namespace: pathname,
    query: search.length > 1 ? Object.fromEntries(searchParams) : undefined,
  };
}
