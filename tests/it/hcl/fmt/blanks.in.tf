


a = 1   


bb = 2	

block "x"    "y"   {


  ccc = 3


}
