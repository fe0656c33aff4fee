from tests.desktop.starts import home, systemd

__all__ = ["home", "systemd"]
