from tocsin.ncs.errors import EOF, Error

__all__ = ["EOF", "Error"]
