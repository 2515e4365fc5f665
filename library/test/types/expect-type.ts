// oxlint-disable typescript/no-unnecessary-type-parameters -- the deferred T is what compares them
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Fails to compile unless the value has exactly this type. */
export function expectType<Expected>() {
  return <Actual>(
    _value: Actual,
    ..._same: Same<Actual, Expected> extends true ? [] : [never]
  ) => {}
}
