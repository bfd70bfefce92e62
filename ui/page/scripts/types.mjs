/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes src/api_types.ts from ui/api/schema.json: an interface for each definition, and two tables
 * of types, which answer belongs to which path and which data to which event of the stream.
 *
 *     node scripts/types.mjs            writes it
 *     node scripts/types.mjs --check    ends with 1 if what is there is not what would be written
 *
 * It knows the words of JSON Schema that the file uses, and stops at any other.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const known = new Set([
  "$ref", "type", "description", "enum", "oneOf", "items", "properties", "required", "additionalProperties",
  "minimum", "maximum", "minItems", "maxItems", "pattern",
]);
const plain = { integer: "number", number: "number", string: "string", boolean: "boolean", null: "null" };

function lines_of_comment(text, indent) {
  return text === undefined ? [] : [`${indent}/** ${text.replaceAll("*/", "* /")} */`];
}

function type_of_object(schema, indent) {
  const properties = Object.entries(schema.properties ?? {});
  const rest = schema.additionalProperties;
  if (properties.length === 0)
    return rest === false ? "Record<string, never>"
      : `Record<string, ${rest === true || rest === undefined ? "unknown" : type_of(rest, indent)}>`;
  const inner = `${indent}  `;
  const members = properties.flatMap(([name, member]) => [
    ...lines_of_comment(member.description, inner),
    `${inner}${name}${schema.required?.includes(name) ? "" : "?"}: ${type_of(member, inner)};`,
  ]);
  return ["{", ...members, `${indent}}`].join("\n");
}

function type_named(name, schema, indent) {
  if (name === "object")
    return type_of_object(schema, indent);
  if (name === "array") {
    const item = type_of(schema.items, indent);
    return /[ |]/.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
  }
  if (!(name in plain))
    throw new Error(`type '${name}' is not known`);
  return plain[name];
}

function type_of(schema, indent) {
  for (const word of Object.keys(schema))
    if (!known.has(word))
      throw new Error(`'${word}' is not known`);
  if (schema.$ref !== undefined)
    return schema.$ref.replace("#/$defs/", "");
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.oneOf !== undefined)
    return schema.oneOf.map((one) => type_of(one, indent)).join(" | ");
  return [schema.type].flat().map((name) => type_named(name, schema, indent)).join(" | ");
}

function write_definition([name, schema]) {
  const type = type_of(schema, "");
  const head = lines_of_comment(schema.description, "");
  return [...head, type.startsWith("{") ? `export interface ${name} ${type}` : `export type ${name} = ${type};`];
}

function write_table(name, comment, rows) {
  return [`/** ${comment} */`, `export interface ${name} {`, ...rows.map(([key, type]) => `  ${JSON.stringify(key)}: ${type};`), "}"];
}

export function write_types(schema) {
  const routes = schema["x-routes"].filter((route) => route.answer !== "");
  const posts = routes.filter((route) => route.body !== undefined);
  const blocks = [
    ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Written by scripts/types.mjs from ui/api/schema.json; not to be changed by hand. */"],
    ...Object.entries(schema.$defs).map(write_definition),
    write_table("Answers", "What each path answers.", routes.map((route) => [`${route.method} ${route.path}`, route.answer])),
    write_table("Bodies", "What is sent with each POST.", posts.map((route) => [`${route.method} ${route.path}`, route.body])),
    write_table("StreamEvents", "What each event of the stream carries.", schema["x-events"].map((event) => [event.event, event.data])),
  ];
  return blocks.map((block) => `${block.join("\n")}\n`).join("\n");
}

function main(args) {
  const schema = new URL("../../api/schema.json", import.meta.url);
  const types = new URL("../src/api_types.ts", import.meta.url);
  const text = write_types(JSON.parse(readFileSync(schema, "utf8")));
  if (!args.includes("--check")) {
    writeFileSync(types, text);
  } else if (readFileSync(types, "utf8") !== text) {
    console.error(`${fileURLToPath(types)} is not what ${fileURLToPath(schema)} says: run node scripts/types.mjs`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main(process.argv.slice(2));
