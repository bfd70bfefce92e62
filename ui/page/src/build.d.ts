/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts/build.mjs puts in. */
declare const LAYOUT_URL: string;
declare module "*.css";
