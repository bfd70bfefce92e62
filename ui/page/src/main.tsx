/* SPDX-License-Identifier: Apache-2.0 */
import { render } from "preact";
import { takeKeys } from "./keys.ts";
import { startLive } from "./live.ts";
import "./preferences.ts";
import { takeLinks } from "./router.ts";
import { Shell } from "./shell.tsx";
import "./theme.css";

takeLinks();
takeKeys();
startLive();
render(<Shell />, document.getElementById("app")!);
