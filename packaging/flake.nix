# Nix flake that builds heapglass from the checkout around it:
#   nix run ./packaging -- --demo
#   nix run 'git+@REPOSITORY@?dir=packaging' -- --demo
{
  description = "Explore heap profiles in the terminal";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      manifest = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).package;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      packages = each (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = manifest.name;
          inherit (manifest) version;
          src = ../.;
          cargoLock.lockFile = ../Cargo.lock;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          # The tests need a terminal and loopback, which a build has not.
          doCheck = false;
          postInstall = ''
            mkdir man
            $out/bin/heapglass man --dir man
            installManPage man/*.1
            for shell in bash fish zsh nushell; do
              $out/bin/heapglass completions $shell > heapglass.$shell
            done
            installShellCompletion --bash heapglass.bash --fish heapglass.fish --zsh heapglass.zsh
            install -Dm644 heapglass.nushell $out/share/nushell/vendor/autoload/heapglass.nu
          '';
          doInstallCheck = true;
          installCheckPhase = "$out/bin/heapglass report top --demo --limit 4";
          meta = {
            inherit (manifest) description;
            license = with pkgs.lib.licenses; [
              mit
              asl20
            ];
            mainProgram = "heapglass";
          };
        };
      });

      devShells = each (pkgs: {
        default = pkgs.mkShell {
          packages = with pkgs; [
            cargo
            clippy
            python3
            rustc
            rustfmt
          ];
        };
      });
    };
}
