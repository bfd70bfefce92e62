/* SPDX-License-Identifier: Apache-2.0 */
/* Renders its content again only when `mark` is another: for parts of which there are many. */
import { Component, type ComponentChildren } from "preact";

interface StillProps {
    mark: string;
    children: () => ComponentChildren;
}

export class Still extends Component<StillProps> {
    override shouldComponentUpdate(next: StillProps): boolean {
        return next.mark !== this.props.mark;
    }

    render({ children }: StillProps) {
        return children();
    }
}
