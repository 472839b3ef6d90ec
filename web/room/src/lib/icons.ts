// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Icons as paths in a field of 24 by 24, drawn with a line. Always beside a name that is read out.

const PATHS = {
  mic: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3Z M5.5 11a6.5 6.5 0 0 0 13 0 M12 17.5V21 M8.5 21h7",
  micOff:
    "M9 9v2a3 3 0 0 0 5 2.2 M15 10V6a3 3 0 0 0-5.7-1.3 M5.5 11a6.5 6.5 0 0 0 10.6 5 M18.5 11a6.5 6.5 0 0 1-.6 2.7 M12 17.5V21 M8.5 21h7 M4 3l16 18",
  cam: "M3.5 7.5a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2Z M15.5 10.5l5-3v9l-5-3",
  camOff:
    "M9 5.5h4.5a2 2 0 0 1 2 2v4 M15.5 16.5a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-9a2 2 0 0 1 1-1.7 M15.5 10.5l5-3v9 M3 3l18 18",
  share: "M3.5 5.5h17v11h-17Z M9 20h6 M12 16.5V20 M12 13.5v-5 M9.5 10.5l2.5-2.5 2.5 2.5",
  chat: "M4 5.5h16v11H10l-4.5 3.5v-3.5H4Z M8 9.5h8 M8 12.5h5",
  react: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z M8.5 14.5a4.5 4.5 0 0 0 7 0 M9 9.5v.5 M15 9.5v.5",
  pointer: "M6 3.5l12.5 8-6 1.2-3 5.8Z",
  more: "M5.5 12h.01 M12 12h.01 M18.5 12h.01",
  leave: "M4 14c4-5 12-5 16 0l-2.5 2.5-3-1.5v-2.2a9 9 0 0 0-5 0V15l-3 1.5Z",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1 M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  tab: "M4 8.5h11.5v11.5H4Z M8.5 8.5V4H20v11.5h-4.5",
  lock: "M6 11h12v9.5H6Z M8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  send: "M4 12l16-7.5-5 15.5-3.5-6Z M11.5 14L20 4.5",
  attach: "M19 11.5l-7 7a4.5 4.5 0 0 1-6.4-6.4l7.5-7.5a3 3 0 0 1 4.3 4.3l-7.3 7.2a1.5 1.5 0 0 1-2.2-2.2l6.6-6.5",
  close: "M6 6l12 12 M18 6L6 18",
  pin: "M12 14.5V21 M7 14.5h10l-1.5-3V6H17V3.5H7V6h1.5v5.5Z",
  file: "M6 3.5h8l4.5 4.5v12.5H6Z M14 3.5V8h4.5",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z M2.5 20a6.5 6.5 0 0 1 13 0 M15.5 4.3a3.5 3.5 0 0 1 0 6.4 M18 14.2a6.5 6.5 0 0 1 3.5 5.8",
  settings:
    "M4 7.5h9 M17 7.5h3 M15 5.5v4 M4 16.5h3 M11 16.5h9 M9 14.5v4",
  theme: "M12 3.5a8.5 8.5 0 1 0 0 17Z M12 3.5a8.5 8.5 0 0 1 0 17",
  full: "M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5",
} as const;

export type IconName = keyof typeof PATHS;

const SVG = "http://www.w3.org/2000/svg";

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
