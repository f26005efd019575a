Console.WriteLine("pmilter");
return 0;
