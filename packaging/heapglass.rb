# Homebrew formula. `packaging/release fill` replaces the words between @ marks and removes these comments; the result
# belongs into a tap.
class Heapglass < Formula
  desc "Explore heap profiles in the terminal"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/heapglass-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256:aarch64-apple-darwin@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/heapglass-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/heapglass-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/heapglass-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "heapglass"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/heapglass.bash" => "heapglass"
    fish_completion.install "completions/heapglass.fish"
    zsh_completion.install "completions/_heapglass"
    pkgshare.install "completions"
  end

  test do
    assert_match "heapglass #{version}", shell_output("#{bin}/heapglass --version")
    assert_match "bytes.Clone", shell_output("#{bin}/heapglass report top --demo --limit 4")
  end
end
