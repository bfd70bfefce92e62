/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as people look at them: text, JSON, hexadecimal. Pure. */

export type ViewKind = "text" | "json" | "hex";

export const VIEW_KINDS = [
    { value: "text", label: "text" },
    { value: "json", label: "JSON" },
    { value: "hex", label: "hexadecimal" },
] as const;

const LINE_BYTES = 16;
const HEX_BYTES_MAX = 16 * 1024; /* of what is shown: a screen has no use for more */

export function fromBase64(text: string): Uint8Array {
    const binary = atob(text);
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/* Of text, or of base64 where it is none; null: there is neither. */
export function bytesOf(text: string | null, base64: string | null): Uint8Array | null {
    if (text !== null) return new TextEncoder().encode(text);
    return base64 === null ? null : fromBase64(base64);
}

function printable(byte: number): string {
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".";
}

/* 00000010  68 65 6c 6c 6f ...  |hello| */
export function hexDump(bytes: Uint8Array): string {
    const lines: string[] = [];
    for (let at = 0; at < Math.min(bytes.length, HEX_BYTES_MAX); at += LINE_BYTES) {
        const part = [...bytes.subarray(at, at + LINE_BYTES)];
        const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
        const place = at.toString(16).padStart(8, "0");
        lines.push(`${place}  ${hex.padEnd(LINE_BYTES * 3 - 1)}  |${part.map(printable).join("")}|`);
    }
    if (bytes.length > HEX_BYTES_MAX) lines.push(`… ${bytes.length - HEX_BYTES_MAX} bytes more`);
    return lines.join("\n");
}

/* JSON with indents; null if it is none. */
export function prettyJson(text: string): string | null {
    try {
        return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
        return null;
    }
}

/* As it is wished, or as it can be: what is no text is shown in hexadecimal, and what is no JSON as text. */
export function view(text: string | null, base64: string | null, wanted: ViewKind): { kind: ViewKind; shown: string } {
    const bytes = bytesOf(text, base64);
    if (bytes === null) return { kind: "text", shown: "" };
    if (text === null || wanted === "hex") return { kind: "hex", shown: hexDump(bytes) };
    const pretty = wanted === "json" ? prettyJson(text) : null;
    return pretty === null ? { kind: "text", shown: text } : { kind: "json", shown: pretty };
}

/* What stands in a table: one line, not too long. */
export function oneLine(text: string, length = 160): string {
    const line = text.replace(/[\s\u0000-\u001f]+/g, " ").trim();
    return line.length > length ? `${line.slice(0, length)} …` : line;
}
