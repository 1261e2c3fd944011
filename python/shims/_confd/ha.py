from tocsin.ncs.missing import attribute_of

__getattr__ = attribute_of(__name__)
