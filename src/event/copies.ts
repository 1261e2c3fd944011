/**
 * Lets `instanceof` know values of other copies of a class. A program has several if it uses several entries of the
 * package, such as `tocsin`, `tocsin/testing` and `tocsin/browser`.
 */
export function knowCopies(type: abstract new (...args: never[]) => object, name: string): void {
  const mark = Symbol.for(`tocsin.${name}`)
  Object.defineProperty(type.prototype, mark, { value: true })
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown) {
      if (this !== type) return Function.prototype[Symbol.hasInstance].call(this, value)
      return typeof value === 'object' && value !== null && mark in value
    },
  })
}
