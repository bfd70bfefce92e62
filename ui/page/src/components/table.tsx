/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table: sorted by its heads, filtered, in pages, copied as CSV or JSON, walked with j and
 * k. What is chosen stands in the address under the table's name. At 360 px rows become cards.
 *
 * A row whose values are as they were is not rendered again: figures come each second, and most of a
 * table stays what it is. One that is out of sight is rendered when it comes near, or is printed.
 */
import { Component, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { NOT_KNOWN, UNKNOWN } from "../format.ts";
import { changeQuery, query } from "../router.ts";
import { filterRows, parseSorting, sortingText, sortRows, toCsv, toJson, type Valued } from "../table_rows.ts";
import { copyText } from "./copy.ts";
import { Empty } from "./empty.tsx";
import { Icon } from "./icon.tsx";

export interface Column<Row> extends Valued<Row> {
    numeric?: boolean;
    wide?: boolean; /* long text: a row of its own where rows are cards */
    title?: string; /* what the column means */
    unknown?: string; /* why there is no value, where that is */
    show?: (row: Row) => ComponentChildren; /* the value, unless given */
    mark?: (row: Row) => unknown; /* of what else the cell is made: shown again when it is another */
}

interface TableProps<Row> {
    name: string; /* of the members in the address */
    label: string;
    columns: readonly Column<Row>[];
    rows: readonly Row[];
    rowKey: (row: Row) => string | number;
    sort?: string; /* "-rate"; as the rows come */
    empty: ComponentChildren; /* why there are no rows */
    tone?: (row: Row) => string;
    filter?: boolean; /* from 8 rows on, unless said */
    page_rows?: number; /* 50 */
}

const PAGE_ROWS = 50; /* what changes each second is no more than a screen or two */
const FIRST_ROWS = 20; /* of the first frame; the others come with the next one */
const FILTER_FROM_ROWS = 8;

/* A text that is not there is none; a number that is not there is not known. */
function whyUnknown<Row>(column: Column<Row>, row: Row): string | undefined {
    const value = column.value(row);
    if (value !== null && value !== undefined) return undefined;
    return column.unknown ?? (column.numeric ? NOT_KNOWN : undefined);
}

interface RowProps<Row> {
    row: Row;
    columns: readonly Column<Row>[];
    tone: string;
}

/* Rows by their elements. */
const mounted = new Map<Element, TableRow<unknown>>();

const sight = new IntersectionObserver(
    (entries) => {
        for (const { target, isIntersecting } of entries) mounted.get(target)?.see(isIntersecting);
    },
    { rootMargin: "200px 0px" },
);
addEventListener("beforeprint", () => {
    for (const row of mounted.values()) row.see(true);
});

class TableRow<Row> extends Component<RowProps<Row>> {
    private shown: unknown[] = [];
    private is_seen = true; /* until somebody has looked */
    private element: Element | null = null;
    /* Also called with null, when it goes. */
    private readonly hold = (element: Element | null) => {
        if (element !== null) {
            mounted.set(element, this as TableRow<unknown>);
            sight.observe(element);
        } else if (this.element !== null) {
            mounted.delete(this.element);
            sight.unobserve(this.element);
        }
        this.element = element;
    };

    see(is_seen: boolean): void {
        this.is_seen = is_seen;
        if (is_seen && this.shouldComponentUpdate(this.props)) this.forceUpdate();
    }

    private marks({ row, columns, tone }: RowProps<Row>): unknown[] {
        return [tone, columns, ...columns.flatMap((column) => [column.value(row), column.mark?.(row)])];
    }

    override shouldComponentUpdate(next: RowProps<Row>): boolean {
        if (!this.is_seen) return false;
        const marks = this.marks(next);
        return marks.length !== this.shown.length || marks.some((mark, index) => mark !== this.shown[index]);
    }

    render(props: RowProps<Row>) {
        this.shown = this.marks(props);
        return (
            <tr ref={this.hold} data-row="" tabIndex={-1} class={props.tone}>
                {props.columns.map((column) => (
                    <td key={column.key} data-label={column.label} class={column.numeric ? "number" : column.wide ? "wide" : undefined} title={whyUnknown(column, props.row)}>
                        {column.show ? column.show(props.row) : (column.value(props.row) ?? <span class="quiet">{UNKNOWN}</span>)}
                    </td>
                ))}
            </tr>
        );
    }
}

function Head<Row>({ column, name, sort }: { column: Column<Row>; name: string; sort: string | undefined }) {
    const sorting = parseSorting(query(`${name}_sort`) ?? sort ?? null);
    const is_sorted = sorting?.key === column.key;
    const down = is_sorted ? !sorting.down : column.numeric === true;
    const order = is_sorted ? (sorting.down ? "descending" : "ascending") : undefined;
    return (
        <th scope="col" class={column.numeric ? "number" : undefined} aria-sort={order} title={column.title}>
            <button
                type="button"
                onClick={() => changeQuery({ [`${name}_sort`]: sortingText({ key: column.key, down }), [`${name}_page`]: null })}
            >
                {column.label}
                {is_sorted && <Icon name={sorting.down ? "down" : "up"} size={11} />}
            </button>
        </th>
    );
}

function CopyButtons<Row>({ rows, columns }: { rows: readonly Row[]; columns: readonly Column<Row>[] }) {
    const [copied, setCopied] = useState("");
    const copy = async (kind: string, text: string) => {
        setCopied((await copyText(text)) ? `${kind} copied` : "the browser does not let it be copied");
        setTimeout(() => setCopied(""), 2500);
    };
    return (
        <div class="table-foot">
            <span role="status">{copied}</span>
            <button type="button" class="plain" aria-label="Copy as CSV" onClick={() => void copy("CSV", toCsv(rows, columns))}>
                <Icon name="copy" size={12} /> CSV
            </button>
            <button type="button" class="plain" aria-label="Copy as JSON" onClick={() => void copy("JSON", toJson(rows, columns))}>
                <Icon name="copy" size={12} /> JSON
            </button>
        </div>
    );
}

function Pages({ name, page, count, page_rows }: { name: string; page: number; count: number; page_rows: number }) {
    const turn = (to: number) => changeQuery({ [`${name}_page`]: to === 0 ? null : to + 1 });
    return (
        <nav class="pages" aria-label="Pages of the table">
            <button type="button" disabled={page === 0} onClick={() => turn(page - 1)}>
                Previous
            </button>
            <span>
                rows {page * page_rows + 1} to {Math.min(count, (page + 1) * page_rows)} of {count}
            </span>
            <button type="button" disabled={(page + 1) * page_rows >= count} onClick={() => turn(page + 1)}>
                Next
            </button>
        </nav>
    );
}

function Filter({ name, label }: { name: string; label: string }) {
    const change = (text: string) => changeQuery({ [`${name}_filter`]: text, [`${name}_page`]: null });
    return (
        <label class="filter">
            <Icon name="search" size={13} />
            <input
                data-search=""
                type="search"
                aria-label={`Filter ${label}`}
                placeholder="Filter ( / )"
                value={query(`${name}_filter`) ?? ""}
                onInput={(event) => change(event.currentTarget.value)}
            />
        </label>
    );
}

export function Table<Row>(props: TableProps<Row>) {
    const { name, label, columns, page_rows = PAGE_ROWS } = props;
    const text = query(`${name}_filter`) ?? "";
    const filtered = filterRows(props.rows, columns, text);
    const sorted = sortRows(filtered, columns, parseSorting(query(`${name}_sort`) ?? props.sort ?? null));
    const last_page = Math.max(0, Math.ceil(sorted.length / page_rows) - 1);
    const page = Math.min(last_page, Math.max(0, Number(query(`${name}_page`) ?? 1) - 1 || 0));
    const shown = last_page === 0 ? sorted : sorted.slice(page * page_rows, (page + 1) * page_rows);
    const [is_first, setFirst] = useState(true);
    const has_rows = props.rows.length > 0;
    useEffect(() => {
        if (!has_rows) return;
        const frame = requestAnimationFrame(() => setFirst(false));
        return () => cancelAnimationFrame(frame);
    }, [has_rows]);
    if (!has_rows) return <Empty>{props.empty}</Empty>;
    return (
        <div class="table-box">
            {(props.filter ?? (text !== "" || props.rows.length >= FILTER_FROM_ROWS)) && <Filter name={name} label={label} />}
            <div class="table-scroll">
                <table data-rows={name} aria-label={label}>
                    <thead>
                        <tr>
                            {columns.map((column) => (
                                <Head key={column.key} column={column} name={name} sort={props.sort} />
                            ))}
                        </tr>
                    </thead>
                    <tbody>
                        {(is_first ? shown.slice(0, FIRST_ROWS) : shown).map((row) => (
                            <TableRow
                                key={props.rowKey(row)}
                                row={row}
                                columns={columns as readonly Column<unknown>[]}
                                tone={props.tone?.(row) ?? ""}
                            />
                        ))}
                    </tbody>
                </table>
            </div>
            {sorted.length === 0 && <Empty>No row has “{text}”.</Empty>}
            {last_page > 0 && <Pages name={name} page={page} count={sorted.length} page_rows={page_rows} />}
            <CopyButtons rows={sorted} columns={columns} />
        </div>
    );
}
