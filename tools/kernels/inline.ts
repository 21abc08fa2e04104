/**
 * A transform of the AssemblyScript compiler: functions whose doc comment says `@inline` get the compiler's decorator of that name.
 * The sources so stay plain TypeScript, which editors and the linter can read (decorators on functions are AssemblyScript's own).
 *
 * @module
 */
import { FunctionDeclaration, Node, type Parser } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

/** Text between the end of what comes before a function and its name: where its doc comment is. */
function leadingText(declaration: FunctionDeclaration, from: number): string {
  return declaration.range.source.text.slice(from, declaration.name.range.start);
}

export class InlineTransform extends Transform {
  override afterParse(parser: Parser): void {
    for (const source of parser.sources) {
      if (source.isLibrary) continue;
      let end = 0;
      for (const statement of source.statements) {
        if (statement instanceof FunctionDeclaration && /@inline\b/.test(leadingText(statement, end))) {
          const { range } = statement.name;
          const decorator = Node.createDecorator(
            Node.createIdentifierExpression("inline", range),
            null,
            range,
          );
          statement.decorators = [...(statement.decorators ?? []), decorator];
        }
        end = statement.range.end;
      }
    }
  }
}
