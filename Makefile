# The README's two commands. Each installs what this machine lacks (configs/deps.txt), builds in release, and does its job.
#   make demo [VIDEO=match.mp4] [GENOME=genome.fa]    both jobs on real input, results in results/
#   make test [LABELS=unit]                           all tests, or those of one label
.PHONY: demo test build setup format lint clean

VIDEO ?=
GENOME ?=
LABELS ?=

demo: setup
	@cmake --preset release >build/configure.log || { cat build/configure.log; exit 1; }
	@cmake --build --preset release --target heddle
	@VIDEO="$(VIDEO)" GENOME="$(GENOME)" configs/demo.sh

test: build
	@ctest --preset release --output-on-failure --parallel 2 $(if $(LABELS),--label-regex "$(LABELS)")

build: setup
	@cmake --preset release >build/configure.log || { cat build/configure.log; exit 1; }
	@cmake --build --preset release

setup:
	@mkdir -p build
	@configs/install_deps.sh

# For developers: clang-format and clang-tidy from configs/deps-dev.txt.
format:
	@configs/install_deps.sh configs/deps-dev.txt
	@git ls-files '*.h' '*.cpp' | xargs clang-format -i

lint: setup
	@configs/install_deps.sh configs/deps-dev.txt
	@cmake --preset release >build/configure.log || { cat build/configure.log; exit 1; }
	@git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run --Werror
	@git ls-files 'app/*.cpp' 'io/*.cpp' 'pipeline/*.cpp' 'attention/*.cpp' ':!attention/backend/cuda/module' | xargs -P 2 -n 4 clang-tidy -p build/release --quiet

clean:
	@rm -rf build results
