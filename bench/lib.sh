# What the benchmarks share. They are built optimised but dynamic (libtins has no static library), under build/bench.
BENCH_BUILD=build/bench
build_bench() {
  cmake --preset bench > /dev/null
  cmake --build "$BENCH_BUILD" --target "$@" > "$BENCH_BUILD/build.log" 2>&1 || { cat "$BENCH_BUILD/build.log"; exit 125; }
}
