import ts from 'typescript'

/** Operators whose bound moves by one, or that stand for the other one. */
const TURNED = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
])

/** Returns the mutations of a file, each of one line: what it replaces, by what, and its kind. */
export function mutationsOf(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found = []
  const add = (kind, node, replacement) => {
    const [start, end] = [node.getStart(source), node.getEnd()]
    const original = text.slice(start, end)
    if (original.includes('\n')) return
    const line = source.getLineAndCharacterOfPosition(start).line + 1
    found.push({ path, kind, line, start, end, original, replacement })
  }
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return
    mutate(node, text, source, add)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function mutate(node, text, source, add) {
  const textOf = (part) => text.slice(part.getStart(source), part.getEnd())
  if (ts.isIfStatement(node) || ts.isWhileStatement(node))
    add('negated condition', node.expression, `!(${textOf(node.expression)})`)
  if (ts.isConditionalExpression(node))
    add('negated condition', node.condition, `!(${textOf(node.condition)})`)
  if (ts.isBinaryExpression(node)) {
    const turned = TURNED.get(node.operatorToken.kind)
    if (turned !== undefined) add('turned operator', node.operatorToken, turned)
  }
  if (ts.isExpressionStatement(node) && isCall(node.expression))
    add('removed call', node.expression, 'void 0')
  if (ts.isAwaitExpression(node)) add('removed await', node, textOf(node.expression))
  if (ts.isNumericLiteral(node) && node.parent.name !== node)
    add('changed constant', node, `(${node.text} + 1)`)
  if (node.kind === ts.SyntaxKind.TrueKeyword) add('changed constant', node, 'false')
  if (node.kind === ts.SyntaxKind.FalseKeyword) add('changed constant', node, 'true')
}

function isCall(expression) {
  return ts.isCallExpression(expression) && expression.expression.kind !== ts.SyntaxKind.SuperKeyword
}

/** Returns the text of the file with the mutation. */
export function mutated(text, { start, end, replacement }) {
  return text.slice(0, start) + replacement + text.slice(end)
}
