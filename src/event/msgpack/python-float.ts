/** A float also where it has no fraction, which a number does not tell from an integer. */
export class PythonFloat extends Number {
  get value(): number {
    return this.valueOf()
  }
}
