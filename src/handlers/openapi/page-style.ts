/**
 * @module
 */

/** The reference page's style: light and dark, from a phone's width on. */
export const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; }
h2 { border-bottom: 1px solid; margin-top: 3rem; }
nav h2 { border: 0; font-size: 1rem; margin: 1rem 0 0; }
nav ul { list-style: none; margin: 0; padding: 0; }
section { margin: 2rem 0; }
h3, code, pre { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
pre { border: 1px solid; overflow-x: auto; padding: 0.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid; padding: 0.25rem 0.5rem 0.25rem 0; text-align: left; vertical-align: top; }
`;
